//! The bars: tabs and source at the top, hints or news at the bottom.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use super::{Paint, consumers, width};
use crate::action::{Action, Scope};
use crate::state::{State, Target, View};
use crate::text::count;
use crate::theme::Role;

/// From this width on, all tabs have names, and not only the open one.
const NAMED: u16 = 80;
/// From this width on, the program has its name there.
const TITLED: u16 = 100;

/// Tabs on the left, on the right where messages come from and how that is.
pub(super) fn top(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let paint = Paint(state.theme);
    frame.render_widget(Block::new().style(state.theme.style(Role::Bar)), area);
    let mut spans = Vec::new();
    if area.width >= TITLED {
        spans.push(paint.own(Role::Title, " busmon "));
    }
    for view in View::ALL {
        let role = if view == state.view { Role::TabOpen } else { Role::Tab };
        let keys = state.keymap.keys(Action::View(view));
        let key = keys.first().map(String::as_str).unwrap_or_default();
        let named = view == state.view || area.width >= NAMED || key.is_empty();
        let label = if named { format!(" {key} {} ", view.name()) } else { format!(" {key} ") };
        let x = area.x + width(&spans) as u16;
        spans.push(paint.own(role, label));
        let tab = Rect { x, width: width(&spans) as u16 + area.x - x, ..area };
        state.places.push((tab.intersection(area), Target::View(view)));
    }
    let free = usize::from(area.width).saturating_sub(width(&spans) + 1);
    frame.render_widget(Line::from(spans), area);
    let right = right(state, paint, free);
    let taken = (width(&right) as u16).min(area.width);
    let place = Rect { x: area.right() - taken, width: taken, ..area };
    frame.render_widget(Line::from(right), place);
}

fn right(state: &State, paint: Paint, free: usize) -> Vec<Span<'static>> {
    let mut parts = Vec::new();
    if let Some(task) = &state.task {
        parts.push(paint.own(Role::Warning, task.place()));
    }
    if state.dropped > 0 {
        parts.push(paint.own(Role::Bad, format!("! {} dropped", count(state.dropped))));
    }
    if state.health.missed > state.health.fetched {
        let lost = state.health.missed - state.health.fetched;
        parts.push(paint.own(Role::Bad, format!("! {} missed", count(lost))));
    }
    parts.extend(connections(state, paint));
    let daemons = state.daemons.troubles().into_iter().map(|(mark, what)| {
        let (role, sign) = consumers::sign(mark);
        paint.own(role, format!("{sign} {what}"))
    });
    parts.extend(daemons);
    if state.received > 0 {
        parts.push(paint.own(Role::Bar, format!("{}/s", count(state.totals.rate()))));
    }
    parts.push(paint.cut(Role::Bar, &state.source, 40));
    let mut spans: Vec<Span<'static>> = Vec::new();
    for part in parts {
        let more = width(&spans) + width(std::slice::from_ref(&part)) + 2;
        if more <= free {
            spans.extend([part, paint.own(Role::Bar, "  ")]);
        }
    }
    if spans.len() > 1 {
        spans.pop();
        spans.push(paint.own(Role::Bar, " "));
    }
    spans
}

/// How many endpoints are connected, or why nothing comes.
fn connections(state: &State, paint: Paint) -> Option<Span<'static>> {
    if let Some(why) = &state.ended {
        let text = if why.is_empty() { "ended".to_owned() } else { format!("x {why}") };
        let role = if why.is_empty() { Role::Bar } else { Role::Bad };
        return Some(paint.cut(role, &text, 60));
    }
    let all = state.health.endpoints.len();
    let up = state.health.endpoints.iter().filter(|endpoint| endpoint.up).count();
    let (role, sign) = match up {
        _ if all == 0 => return None,
        0 => (Role::Bad, "x"),
        _ if up < all => (Role::Warning, "!"),
        _ => (Role::Good, "+"),
    };
    Some(paint.own(role, format!("{sign} {up}/{all} up")))
}

/// The keys that help most in a pane.
fn hints(scope: Scope) -> &'static [(Action, &'static str)] {
    match scope {
        Scope::Detail => &[
            (Action::Help, "keys"),
            (Action::Back, "close"),
            (Action::NextPart, "next part"),
            (Action::Open, "fold"),
            (Action::Include, "only this"),
            (Action::Exclude, "not this"),
            (Action::Focus, "list"),
        ],
        Scope::View(View::Topics) => &[
            (Action::Help, "keys"),
            (Action::Open, "its messages"),
            (Action::Right, "open"),
            (Action::Left, "close"),
            (Action::Include, "and this"),
            (Action::Exclude, "not this"),
            (Action::Focus, "next panel"),
        ],
        Scope::View(View::Consumers) => &[
            (Action::Help, "keys"),
            (Action::Command, "command"),
            (Action::Up, "up"),
            (Action::Down, "down"),
            (Action::NextView, "next view"),
            (Action::Quit, "quit"),
        ],
        Scope::View(View::Archive) => &[
            (Action::Help, "keys"),
            (Action::Filter, "filter"),
            (Action::Since, "since"),
            (Action::Until, "until"),
            (Action::Open, "open"),
            (Action::Reload, "again"),
            (Action::Quit, "quit"),
        ],
        _ => &[
            (Action::Help, "keys"),
            (Action::Command, "command"),
            (Action::Filter, "filter"),
            (Action::Search, "search"),
            (Action::Pause, "pause"),
            (Action::Open, "open"),
            (Action::Quit, "quit"),
        ],
    }
}

/// A notice, or the keys that help most here.
pub(super) fn bottom(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let paint = Paint(state.theme);
    frame.render_widget(Block::new().style(state.theme.style(Role::Bar)), area);
    if let Some(notice) = &state.notice {
        let text = paint.cut(Role::Bar, &format!(" {notice}"), usize::from(area.width));
        frame.render_widget(Line::from(text), area);
        return;
    }
    let mut spans = Vec::new();
    for &(action, what) in hints(state.scope()) {
        let Some(key) = state.keymap.keys(action).into_iter().next() else { continue };
        let hint = [
            paint.own(Role::Bar, " "),
            Span::styled(key, state.theme.style(Role::Bar).patch(state.theme.style(Role::Key))),
            paint.own(Role::Bar, format!(" {what} ")),
        ];
        if width(&spans) + width(&hint) <= usize::from(area.width) {
            spans.extend(hint);
        }
    }
    frame.render_widget(Line::from(spans), area);
}
