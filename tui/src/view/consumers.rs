//! Endpoints, daemons and their consumers, gaps and certificates: a table of each, and more about the row that
//! is selected.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::{Paint, rows, width};
use crate::action::Scope;
use crate::state::daemons::{Mark, Row, Table};
use crate::state::{State, Target, View};
use crate::text;
use crate::theme::Role;

/// From this height on, there are lines for more about one row.
const HIGH: u16 = 10;
/// How many lines these are, and how much is said.
const MORE: u16 = 2;
const LONGEST: usize = 600;
/// How wide a column may be, and the first of them at least.
const WIDEST: usize = 34;
const NARROWEST: usize = 10;

/// A line of the list.
enum Place<'a> {
    Heads(&'a Table, Vec<Column>),
    None(&'a Table),
    Row(usize, &'a Row, Vec<Column>),
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
struct Column {
    width: usize,
    /// Whether it has nothing but numbers.
    numbers: bool,
}

/// How something is, as a sign and as it looks.
pub(super) fn sign(mark: Mark) -> (Role, &'static str) {
    match mark {
        Mark::Good => (Role::Good, "✓"),
        Mark::Unknown => (Role::Warning, "?"),
        Mark::Warning => (Role::Warning, "!"),
        Mark::Bad => (Role::Bad, "✗"),
    }
}

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    state.places.push((area, Target::Pane(Scope::View(View::Consumers))));
    let more = if area.height >= HIGH { MORE } else { 0 };
    let [summary, body, foot] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(more)])
            .areas(area);
    let paint = Paint(state.theme);
    frame.render_widget(summary_line(state, paint, usize::from(summary.width)), summary);
    let tables = state.daemons.tables(&state.health, state.now);
    let count = tables.iter().map(|table| table.rows.len()).sum::<usize>();
    let cursor = state.daemons.cursor().min(count.saturating_sub(1));
    let lines = lines(&tables, usize::from(body.width));
    let selected =
        lines.iter().position(|line| matches!(line, Place::Row(at, ..) if *at == cursor));
    let selected = selected.unwrap_or_default();
    let height = usize::from(body.height);
    // The head of a table is seen with its first row.
    let top = state.daemons.top.min(selected.saturating_sub(1));
    let top =
        top.max((selected + 1).saturating_sub(height)).min(lines.len().saturating_sub(height));
    let mut about = "";
    for (place, line) in rows(body).zip(lines.iter().skip(top)) {
        let columns = usize::from(place.width);
        let drawn = match line {
            Place::Heads(table, all) => heads(table, all, paint),
            Place::None(table) => Line::from(vec![
                paint.own(Role::Key, format!(" {}  ", table.heads[0])),
                paint.cut(Role::Dim, table.none, columns.saturating_sub(table.heads[0].len() + 3)),
            ]),
            Place::Row(at, row, all) => {
                state.places.push((place, Target::Row(*at)));
                let line = row_line(row, all, paint);
                if *at == cursor {
                    about = &row.more;
                    paint.selected(line, true, columns)
                } else {
                    line
                }
            }
        };
        frame.render_widget(drawn, place);
    }
    let about = text::cut(about, LONGEST);
    let foot = Rect { x: foot.x + 1, width: foot.width.saturating_sub(1), ..foot };
    let style = state.theme.style(Role::Dim);
    frame.render_widget(Paragraph::new(about).style(style).wrap(Wrap { trim: true }), foot);
    (state.daemons.top, state.daemons.height) = (top, height);
}

/// The lines of all tables, one below the other.
fn lines(tables: &[Table], columns: usize) -> Vec<Place<'_>> {
    let mut lines = Vec::new();
    let mut number = 0;
    for table in tables {
        if table.rows.is_empty() {
            lines.push(Place::None(table));
            continue;
        }
        let all = self::columns(table, columns);
        lines.push(Place::Heads(table, all.clone()));
        for row in &table.rows {
            lines.push(Place::Row(number, row, all.clone()));
            number += 1;
        }
    }
    lines
}

/// How wide columns are: as their widest cell, and the first one gives way.
fn columns(table: &Table, columns: usize) -> Vec<Column> {
    let is_number =
        |cell: &String| cell.chars().all(|one| one.is_ascii_digit() || ",-".contains(one));
    let column = |(at, head): (usize, &&str)| {
        let cells = || table.rows.iter().filter_map(move |row| row.cells.get(at));
        let widest = cells().map(|cell| text::width(cell)).max().unwrap_or_default();
        Column { width: widest.min(WIDEST).max(head.len()), numbers: cells().all(is_number) }
    };
    let mut all: Vec<Column> = table.heads.iter().enumerate().map(column).collect();
    let taken = |all: &[Column]| all.iter().map(|column| column.width + 2).sum::<usize>() + 3;
    let needed = taken(&all);
    if let Some(first) = all.first_mut() {
        let narrow = first.width.saturating_sub(needed.saturating_sub(columns));
        first.width = narrow.max(NARROWEST.min(first.width));
    }
    // What is left is for the last, which may have much to say.
    if let Some((last, before)) = all.split_last_mut()
        && !last.numbers
    {
        last.width = columns.saturating_sub(taken(before));
    }
    all
}

/// A cell with the space behind it.
fn cell(role: Role, cell: &str, column: Column, paint: Paint) -> [Span<'static>; 2] {
    let gap = if column.numbers { column.width.saturating_sub(text::width(cell)) } else { 0 };
    let span = paint.fit(role, &format!("{}{cell}", " ".repeat(gap)), column.width);
    [span, Span::raw("  ")]
}

fn heads(table: &Table, columns: &[Column], paint: Paint) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for (at, (head, column)) in table.heads.iter().zip(columns).enumerate() {
        let role = if at == 0 { Role::Key } else { Role::Dim };
        // The first stands where the signs of the rows are, which have no name.
        let width = if at == 0 { column.width + 2 } else { column.width };
        spans.extend(cell(role, head, Column { width, numbers: column.numbers && at > 0 }, paint));
    }
    Line::from(spans)
}

fn row_line(row: &Row, columns: &[Column], paint: Paint) -> Line<'static> {
    let (role, sign) = sign(row.mark);
    let mut spans = vec![Span::raw(" "), paint.own(role, format!("{sign} "))];
    for (at, (text, column)) in row.cells.iter().zip(columns).enumerate() {
        let role = if at == 1 { role } else { Role::Text };
        spans.extend(cell(role, text, *column, paint));
    }
    Line::from(spans)
}

/// How everything is, in a line.
fn summary_line(state: &State, paint: Paint, columns: usize) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for (mark, what) in state.daemons.summary(&state.health) {
        let (role, sign) = sign(mark);
        let part = paint.own(role, format!("{sign} {what}   "));
        if width(&spans) + text::width(&part.content) <= columns + 3 {
            spans.push(part);
        }
    }
    Line::from(spans)
}
