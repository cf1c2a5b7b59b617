//! The keys of the pane that has the focus, made from the keymap.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear};

use super::{Paint, rows};
use crate::action::{self, Action, Known, Scope};
use crate::state::State;
use crate::text::width;
use crate::theme::Role;

/// The widest line of help.
const WIDEST: usize = 68;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let here = state.scope();
    let of = |scope: Scope| action::ALL.iter().filter(move |known| known.scope == scope);
    let known = std::iter::once(&here).chain(here.around()).flat_map(|scope| of(*scope));
    let lines: Vec<(String, &Known)> = known
        .map(|known| (state.keymap.keys(known.action).join(" "), known))
        .filter(|(keys, _)| !keys.is_empty())
        .collect();
    let keys_wide = lines.iter().map(|(keys, _)| width(keys)).max().unwrap_or_default();
    let help_wide = lines.iter().map(|(_, known)| width(known.help)).max().unwrap_or_default();
    let column = (keys_wide + help_wide + 4).min(WIDEST).min(usize::from(area.width) - 2);
    // As many columns as are needed and fit.
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    let most = ((usize::from(area.width) - 2) / column.max(1)).max(1);
    let columns = lines.len().div_ceil(room).min(most).max(1);
    let high = lines.len().div_ceil(columns);
    let shown = high.min(room);
    let first = state.help.unwrap_or_default().min(high - shown);
    state.help = Some(first);
    let place = area.centered(
        Constraint::Length((column * columns + 2) as u16),
        Constraint::Length(shown as u16 + 2),
    );
    let inner = frame_of(frame, place, state, high - shown > first);
    for (at, row) in rows(inner).enumerate() {
        let cells = (0..columns).filter_map(|number| lines.get(number * high + first + at));
        let spans = cells.flat_map(|(keys, known)| {
            let free = column.saturating_sub(keys_wide + 3);
            let paint = Paint(state.theme);
            [
                paint.own(Role::Text, " "),
                paint.fit(Role::Key, keys, keys_wide),
                paint.own(Role::Text, "  "),
                paint.fit(Role::Text, known.help, free),
            ]
        });
        frame.render_widget(Line::from(spans.collect::<Vec<_>>()), row);
    }
}

/// Draws the border, and gives the place within.
fn frame_of(frame: &mut Frame<'_>, place: Rect, state: &State, more: bool) -> Rect {
    frame.render_widget(Clear, place);
    let mut block = Block::bordered()
        .title(format!(" keys: {} ", state.scope().name()))
        .style(state.theme.style(Role::Text))
        .border_style(state.theme.style(Role::BorderFocus));
    if more {
        let down = state.keymap.keys(Action::Down).join(" ");
        block = block.title_bottom(format!(" {down}: more "));
    }
    let inner = block.inner(place);
    frame.render_widget(block, place);
    inner
}
