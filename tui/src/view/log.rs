//! The log: what fedhub itself had to say.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use tracing::Level;

use super::{Paint, rows, width};
use crate::feed::LogLine;
use crate::state::State;
use crate::state::about::clock;
use crate::theme::Role;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let paint = Paint(state.theme);
    if state.log.is_empty() {
        frame.render_widget(Line::from(paint.own(Role::Dim, " Nothing was logged.")), area);
        return;
    }
    let first = state.log.len().saturating_sub(usize::from(area.height));
    for (row, line) in rows(area).zip(state.log.iter().skip(first)) {
        frame.render_widget(log_line(line, state, usize::from(row.width)), row);
    }
}

fn log_line(line: &LogLine, state: &State, columns: usize) -> Line<'static> {
    let paint = Paint(state.theme);
    let clock = clock(line.time, &state.zone);
    let role = match line.level {
        Level::ERROR => Role::Bad,
        Level::WARN => Role::Warning,
        _ => Role::Dim,
    };
    let mut spans =
        vec![paint.own(Role::Time, format!(" {clock} ")), paint.fit(role, line.level.as_str(), 6)];
    spans.push(paint.cut(Role::Text, &line.text, columns.saturating_sub(width(&spans))));
    Line::from(spans)
}
