//! The line that is being typed, with what it may go on with above it.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Clear;

use super::{Paint, rows, width};
use crate::action::Action;
use crate::state::prompt::{Ask, Prompt};
use crate::text;
use crate::theme::Role;

/// How many possibilities are seen at a time.
const OFFERED: usize = 8;

/// Draws it on the bottom line, and what is offered at the end of the body above.
pub(super) fn draw(frame: &mut Frame<'_>, body: Rect, line: Rect, prompt: &Prompt, paint: Paint) {
    let sign = match prompt.ask {
        Ask::Command => ":".to_owned(),
        Ask::For(Action::Search) => "/".to_owned(),
        Ask::For(_) => format!("{}: ", prompt.ask.name()),
    };
    let mut spans = vec![paint.own(Role::Key, sign)];
    let free = usize::from(line.width).saturating_sub(width(&spans));
    let (shown, cursor) = prompt.edit.shown(free);
    let x = line.x + (width(&spans) + cursor) as u16;
    spans.push(paint.own(Role::Text, shown));
    frame.render_widget(Clear, line);
    frame.render_widget(Line::from(spans).style(paint.0.style(Role::Text)), line);
    frame.set_cursor_position(Position::new(x.min(line.right() - 1), line.y));
    if let Some((words, at)) = prompt.offered() {
        offer(frame, body, words, at, paint);
    } else if let Some(wrong) = &prompt.wrong {
        let row = Rect { y: body.bottom() - 1, height: 1, ..body };
        let text = paint.fit(Role::Bad, &format!(" ! {wrong}"), usize::from(body.width));
        frame.render_widget(Clear, row);
        frame.render_widget(Line::from(text).style(paint.0.style(Role::Bar)), row);
    }
}

fn offer(frame: &mut Frame<'_>, body: Rect, words: &[String], at: usize, paint: Paint) {
    let height = OFFERED.min(words.len()).min(usize::from(body.height));
    let widest = words.iter().map(|word| text::width(word)).max().unwrap_or_default();
    let columns = (widest + 2).min(usize::from(body.width));
    let area = Rect {
        x: body.x,
        y: body.bottom() - height as u16,
        width: columns as u16,
        height: height as u16,
    };
    frame.render_widget(Clear, area);
    let first = (at + 1).saturating_sub(height);
    for (row, (index, word)) in rows(area).zip(words.iter().enumerate().skip(first)) {
        let role = if index == at { Role::TabOpen } else { Role::Bar };
        frame.render_widget(Line::from(paint.fit(role, &format!(" {word}"), columns)), row);
    }
}
