//! What is asked before it is done, over the view.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear};

use super::{Paint, rows};
use crate::state::task::Question;
use crate::text::width;
use crate::theme::Role;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, question: &Question, paint: Paint) {
    let answers = format!(" y: {}   n: do not ", question.yes);
    let texts = question.lines.iter().map(String::as_str);
    let widest = texts.chain([answers.as_str()]).map(width).max().unwrap_or_default();
    let place = area.centered(
        Constraint::Length((widest + 4).min(usize::from(area.width)) as u16),
        Constraint::Length((question.lines.len() + 2).min(usize::from(area.height)) as u16),
    );
    frame.render_widget(Clear, place);
    let block = Block::bordered()
        .title(format!(" {} ", question.title))
        .title_bottom(Line::from(paint.own(Role::Key, answers)))
        .style(paint.0.style(Role::Text))
        .border_style(paint.0.style(Role::BorderFocus));
    let inner = block.inner(place);
    frame.render_widget(block, place);
    for (row, line) in rows(inner).zip(&question.lines) {
        let text = paint.cut(Role::Text, line, usize::from(row.width).saturating_sub(1));
        frame.render_widget(Line::from(vec![paint.own(Role::Text, " "), text]), row);
    }
}
