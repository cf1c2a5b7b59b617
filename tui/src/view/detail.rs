//! The pane with one message: its parts as tabs, and the lines of the open one.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Paint, rows, width};
use crate::action::Scope;
use crate::state::detail::{Part, Row};
use crate::state::{State, Target};
use crate::text;
use crate::theme::Role;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    state.show_detail();
    state.places.push((area, Target::Pane(Scope::Detail)));
    let title = Rect { height: 1, ..area };
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    parts(frame, title, state);
    let paint = Paint(state.theme);
    let (cursor, shift) = (state.detail.cursor(), state.detail.shift);
    let columns = usize::from(body.width);
    let focus = state.detail_focus;
    let mut places = Vec::new();
    let search = state.stream.search();
    for (place, (number, row)) in rows(body).zip(state.detail.visible(usize::from(body.height))) {
        let mut line = row_line(row, shift, columns, paint);
        if let Some(search) = search {
            line.spans = paint.found(line.spans, 0..usize::MAX, search);
        }
        if number == cursor {
            line = paint.selected(line, focus, columns);
        }
        frame.render_widget(line, place);
        places.push((place, Target::Line(number)));
    }
    state.places.append(&mut places);
}

/// The names of the parts, on the line that divides the pane from what is above it.
fn parts(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let paint = Paint(state.theme);
    let border = if state.detail_focus { Role::BorderFocus } else { Role::Border };
    let mut spans = vec![paint.own(border, "─")];
    for part in Part::ALL {
        let open = part == state.detail.part;
        let role = if open { Role::TabOpen } else { Role::Tab };
        let x = area.x + width(&spans) as u16;
        let tab = paint.own(role, format!(" {} ", part.name()));
        let place = Rect { x, width: text::width(&tab.content) as u16, ..area };
        state.places.push((place.intersection(area), Target::Part(part)));
        spans.extend([tab, paint.own(border, "─")]);
    }
    let count = state.detail.len();
    let place = format!(" {}/{count} ", (state.detail.cursor() + 1).min(count));
    let used = width(&spans) + place.len() + 1;
    let gap = usize::from(area.width).saturating_sub(used);
    spans.push(paint.own(border, "─".repeat(gap)));
    spans.push(paint.own(Role::Dim, place));
    spans.push(paint.own(border, "─"));
    frame.render_widget(Line::from(spans), area);
}

/// A line of the message, without its first columns.
fn row_line(row: &Row, shift: usize, columns: usize, paint: Paint) -> Line<'static> {
    let mut left_out = 0;
    let pieces = row.pieces.iter().map(|(role, piece)| {
        let rest = text::without(piece, shift.saturating_sub(left_out));
        left_out += text::width(piece) - text::width(rest);
        (*role, rest)
    });
    let mut spans = vec![Span::raw(" ")];
    spans.extend(paint.pieces(pieces, columns.saturating_sub(1)));
    Line::from(spans)
}
