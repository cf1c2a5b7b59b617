//! The keys of the pane that has the focus, made from the keymap.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear};

use super::{Paint, rows};
use crate::action::{self, Known, Scope};
use crate::state::State;
use crate::text::width;
use crate::theme::Role;

/// The widest line of help.
const WIDEST: usize = 72;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let paint = Paint(state.theme);
    let here = state.scope();
    let of = |scope: Scope| action::ALL.iter().filter(move |known| known.scope == scope);
    let known: Vec<&Known> = of(here).chain(of(Scope::Everywhere)).collect();
    let lines: Vec<(String, &str)> = known
        .into_iter()
        .map(|known| (state.keymap.keys(known.action).join(" "), known.help))
        .filter(|(keys, _)| !keys.is_empty())
        .collect();
    let inner_width = WIDEST.min(usize::from(area.width).saturating_sub(2));
    let columns = lines.iter().map(|(keys, _)| width(keys)).max().unwrap_or_default();
    let size = (inner_width as u16 + 2, (lines.len() as u16 + 2).min(area.height));
    let place = area.centered(Constraint::Length(size.0), Constraint::Length(size.1));
    frame.render_widget(Clear, place);
    let title = format!(" keys: {} ", here.name());
    let block = Block::bordered()
        .title(title)
        .style(state.theme.style(Role::Text))
        .border_style(state.theme.style(Role::BorderFocus));
    let inner = block.inner(place);
    frame.render_widget(block, place);
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let first = state.help.unwrap_or_default().min(most);
    for (row, (keys, help)) in rows(inner).zip(lines.iter().skip(first)) {
        let free = inner_width.saturating_sub(columns + 3);
        let line = Line::from(vec![
            paint.own(Role::Text, " "),
            paint.fit(Role::Key, keys, columns),
            paint.own(Role::Text, "  "),
            paint.cut(Role::Text, help, free),
        ]);
        frame.render_widget(line, row);
    }
}
