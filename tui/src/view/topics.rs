//! Topics: the tree with rates, the busiest ones, and totals of the last minutes as a graph. Where there is no
//! room for all of them, keys go from one to the next.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{RenderDirection, Sparkline};

use fedhub::colorizer::Family;
use fedhub::counts::SLOT;

use super::{Paint, rows, width};
use crate::action::Scope;
use crate::state::topics::{MOST, Panel, Row};
use crate::state::totals::SLOTS;
use crate::state::{State, Target, View};
use crate::text::{self, count};
use crate::theme::Role;

/// From this width on, the tree has the others beside it.
const WIDE: u16 = 110;
/// From this height on, there is room for the graph above.
const HIGH: u16 = 16;
/// How high the graph is then.
const GRAPH: u16 = 7;
/// How many columns numbers at the side of the graph take.
const SIDE: u16 = 7;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    state.places.push((area, Target::Pane(Scope::View(View::Topics))));
    let panel = state.topics.panel;
    if area.width >= WIDE && area.height >= HIGH {
        let parts = [Constraint::Fill(3), Constraint::Length(1), Constraint::Fill(2)];
        let [left, border, right] = Layout::horizontal(parts).areas(area);
        for row in rows(border) {
            frame.render_widget(Line::from(Paint(state.theme).own(Role::Border, "│")), row);
        }
        let [above, below] =
            Layout::vertical([Constraint::Fill(2), Constraint::Fill(3)]).areas(right);
        part(frame, left, state, Panel::Tree, &[Panel::Tree]);
        part(frame, above, state, Panel::Totals, &[Panel::Totals]);
        part(frame, below, state, Panel::Busiest, &[Panel::Busiest]);
    } else if area.height >= HIGH {
        let [above, below] =
            Layout::vertical([Constraint::Length(GRAPH), Constraint::Fill(1)]).areas(area);
        let shown = if panel == Panel::Totals { Panel::Tree } else { panel };
        part(frame, above, state, Panel::Totals, &[Panel::Totals]);
        part(frame, below, state, shown, &[Panel::Tree, Panel::Busiest]);
    } else {
        part(frame, area, state, panel, &Panel::ALL);
    }
}

/// One panel, below a line that names it and those one can have in its place.
fn part(frame: &mut Frame<'_>, area: Rect, state: &mut State, shown: Panel, tabs: &[Panel]) {
    let [title, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let paint = Paint(state.theme);
    let mut spans = vec![paint.own(Role::Border, "─")];
    for &panel in tabs {
        let x = title.x + width(&spans) as u16;
        let role = if panel == shown { Role::TabOpen } else { Role::Tab };
        let tab = paint.own(role, format!(" {} ", panel.name()));
        let place = Rect { x, width: text::width(&tab.content) as u16, ..title };
        state.places.push((place.intersection(title), Target::Panel(panel)));
        spans.extend([tab, paint.own(Role::Border, "─")]);
    }
    let room = usize::from(title.width).saturating_sub(width(&spans) + 1);
    let note = paint.cut(Role::Dim, &note(state, shown), room);
    let gap = room.saturating_sub(text::width(&note.content));
    spans.extend([paint.own(Role::Border, "─".repeat(gap)), note, paint.own(Role::Border, "─")]);
    frame.render_widget(Line::from(spans), title);
    match shown {
        Panel::Tree => tree(frame, body, state),
        Panel::Busiest => busiest(frame, body, state),
        Panel::Totals => totals(frame, body, state),
    }
}

/// What stands at the end of a panel's title.
fn note(state: &State, panel: Panel) -> String {
    match panel {
        Panel::Tree if state.topics.other() > 0 => {
            let other = count(state.topics.other());
            format!(" other topics than the {} kept: {other} messages ", count(MOST as u64))
        }
        Panel::Tree => String::new(),
        Panel::Busiest => " a minute, of late ".to_owned(),
        Panel::Totals => {
            let most = state.totals.last(SLOTS).max().unwrap_or_default();
            let most = rate(most as f64 / seconds(1));
            format!(" {}/s now, {most}/s at most ", count(state.totals.rate()))
        }
    }
}

/// So many slots of the graph in seconds.
fn seconds(slots: usize) -> f64 {
    slots as f64 * SLOT as f64 / 1e6
}

/// A rate, with as many digits as it deserves.
fn rate(rate: f64) -> String {
    if rate >= 9.95 || rate == 0.0 { count(rate.round() as u64) } else { format!("{rate:.1}") }
}

fn tree(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let paint = Paint(state.theme);
    let spark = match area.width {
        ..70 => 10,
        70..100 => 20,
        _ => 30,
    };
    let name = area.width.saturating_sub(spark + 26);
    let titles = [
        paint.fit(Role::Dim, " topic", name.into()),
        paint.own(Role::Dim, "    count     /s   /min  "),
        paint.own(Role::Dim, format!("last {} s", spark * 2)),
    ];
    frame.render_widget(Line::from(titles.to_vec()), head);
    if state.topics.is_empty() {
        frame.render_widget(Line::from(paint.own(Role::Dim, " No message came yet.")), body);
        return;
    }
    let mut places = Vec::new();
    let (visible, selected) = state.topics.visible(usize::from(body.height));
    for (place, (number, row)) in rows(body).zip(visible) {
        let columns = usize::from(place.width - spark);
        let mut line = topic_line(&row, usize::from(name), paint);
        if number == selected {
            line = paint.selected(line, true, columns);
        }
        frame.render_widget(line, Rect { width: columns as u16, ..place });
        let chart = Rect { x: place.right() - spark, width: spark, ..place };
        let slots = row.slots().rev().take(usize::from(spark));
        let sparkline = Sparkline::default()
            .data(slots)
            .direction(RenderDirection::RightToLeft)
            .style(state.theme.style(Role::Number));
        frame.render_widget(sparkline, chart);
        places.push((place, Target::Topic(number)));
    }
    state.places.append(&mut places);
}

fn topic_line(row: &Row<'_>, name: usize, paint: Paint) -> Line<'static> {
    let sign = match row.open {
        Some(true) => "▾ ",
        Some(false) => "▸ ",
        None => "  ",
    };
    let indent = " ".repeat(1 + 2 * row.depth.min(6));
    let free = name.saturating_sub(indent.len() + 2);
    let role = row.family.map_or(Role::Text, Role::Family);
    let word = if row.word.is_empty() { "(no word)" } else { row.word };
    let numbers =
        format!("{:>9}{:>7}{:>7}", count(row.total()), rate(row.second()), count(row.minute()));
    Line::from(vec![
        paint.own(Role::Text, indent),
        paint.own(Role::Punctuation, sign),
        paint.fit(role, word, free),
        paint.own(Role::Text, numbers),
        Span::raw("  "),
    ])
}

fn busiest(frame: &mut Frame<'_>, area: Rect, state: &State) {
    const NUMBER: usize = 9;
    let paint = Paint(state.theme);
    let first = state.busiest.first(usize::from(area.height));
    let Some((_, most)) = first.first().copied() else {
        frame.render_widget(Line::from(paint.own(Role::Dim, " No message came of late.")), area);
        return;
    };
    let columns = usize::from(area.width);
    let name = (columns * 2 / 5).clamp(12, 36);
    let room = columns.saturating_sub(name + NUMBER + 4);
    for (row, (topic, minute)) in rows(area).zip(first) {
        let bar = ((minute / most * room as f64).round() as usize).clamp(1, room.max(1));
        let role = Role::Family(Family::of(topic.split('.').next().unwrap_or_default()).number());
        let spans = [
            Span::raw(" "),
            paint.fit(role, topic, name),
            paint.own(Role::Text, format!("{:>NUMBER$} ", rate(minute))),
            paint.own(role, "█".repeat(bar)),
        ];
        frame.render_widget(Line::from(spans.to_vec()), row);
    }
}

fn totals(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let [graph, foot] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    let [side, graph] =
        Layout::horizontal([Constraint::Length(SIDE), Constraint::Fill(1)]).areas(graph);
    let paint = Paint(state.theme);
    let shown: Vec<u64> = state.totals.last(usize::from(graph.width)).rev().collect();
    let most = shown.iter().max().copied().unwrap_or_default();
    let label = |text: &str| paint.own(Role::Dim, format!("{text:>6}"));
    if most > 0
        && let Some(first) = rows(side).next()
    {
        frame.render_widget(Line::from(label(&rate(most as f64 / seconds(1)))), first);
    }
    if side.height > 1
        && let Some(last) = rows(side).last()
    {
        frame.render_widget(Line::from(label("0")), last);
    }
    let sparkline = Sparkline::default()
        .data(&shown)
        .max(most.max(1))
        .direction(RenderDirection::RightToLeft)
        .style(state.theme.style(Role::Number));
    frame.render_widget(sparkline, graph);
    let minutes = format!("{:.0} minutes ago", seconds(usize::from(graph.width)) / 60.0);
    let gap = usize::from(graph.width).saturating_sub(minutes.len() + 3);
    let foot_text = format!("{minutes}{}now", " ".repeat(gap));
    let place = Rect { x: graph.x, width: graph.width, ..foot };
    frame.render_widget(Line::from(paint.own(Role::Dim, foot_text)), place);
}
