//! Draws what the state has. A file for each view; [`draw`] puts them between the bars.

mod archive;
mod bars;
mod consumers;
mod detail;
mod help;
mod log;
mod prompt;
mod question;
mod stream;
mod topics;

use std::ops::Range;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use crate::state::search::Search;
use crate::state::{State, View};
use crate::text;
use crate::theme::{Role, Theme};

/// Below this size nothing can be shown that makes sense.
const SMALLEST: (u16, u16) = (20, 5);

/// Draws a frame.
pub fn draw(frame: &mut Frame<'_>, state: &mut State) {
    state.begin_frame();
    let area = frame.area();
    let paint = Paint(state.theme);
    frame.render_widget(Block::new().style(paint.0.style(Role::Text)), area);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        frame.render_widget(Line::from("too small"), area);
        return;
    }
    let [top, body, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)])
            .areas(area);
    bars::top(frame, top, state);
    match state.view {
        View::Stream => stream::draw(frame, body, state),
        View::Topics => topics::draw(frame, body, state),
        View::Consumers => consumers::draw(frame, body, state),
        View::Archive => archive::draw(frame, body, state),
        View::Log => log::draw(frame, body, state),
    }
    match &state.prompt {
        Some(asked) => prompt::draw(frame, body, bottom, asked, paint),
        None => bars::bottom(frame, bottom, state),
    }
    if state.help.is_some() {
        help::draw(frame, body, state);
    }
    if let Some(question) = &state.question {
        question::draw(frame, body, question, paint);
    }
    if state.ascii {
        to_ascii(frame.buffer_mut());
    }
}

/// Replaces what terminals without Unicode cannot show.
fn to_ascii(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let symbol = text::ascii(cell.symbol());
        cell.set_symbol(&symbol);
    }
}

/// Makes pieces of a line in the colours of a theme.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(pub(crate) Theme);

impl Paint {
    /// Text in so many columns.
    pub(crate) fn fit(self, role: Role, text: &str, columns: usize) -> Span<'static> {
        Span::styled(text::fit(text, columns), self.0.style(role))
    }

    /// Text in at most so many columns.
    pub(crate) fn cut(self, role: Role, text: &str, columns: usize) -> Span<'static> {
        Span::styled(text::cut(text, columns), self.0.style(role))
    }

    /// Text of our own, which is short and harmless.
    pub(crate) fn own(self, role: Role, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.0.style(role))
    }

    /// Pieces of text in at most so many columns; `…` says that there is more.
    pub(crate) fn pieces<'a>(
        self,
        pieces: impl IntoIterator<Item = (Role, &'a str)>,
        columns: usize,
    ) -> Vec<Span<'static>> {
        let mut spans: Vec<Span<'static>> = Vec::new();
        let mut used = 0;
        for (role, piece) in pieces {
            let span = self.cut(role, piece, columns.saturating_sub(used));
            let wide = text::width(&span.content);
            if wide == 0 && !piece.is_empty() {
                // There is no room left, not even for the mark.
                let last = spans.pop().unwrap_or_default();
                let room = text::width(&last.content);
                spans
                    .push(Span::styled(text::cut(&format!("{}…", last.content), room), last.style));
                break;
            }
            used += wide;
            spans.push(span);
        }
        spans
    }

    /// The same pieces, with what a search found in some of them set apart.
    pub(crate) fn found(
        self,
        spans: Vec<Span<'static>>,
        looked_at: Range<usize>,
        search: &Search,
    ) -> Vec<Span<'static>> {
        let mut marked = Vec::with_capacity(spans.len());
        for (index, span) in spans.into_iter().enumerate() {
            let places = search.places(&span.content);
            if places.is_empty() || !looked_at.contains(&index) {
                marked.push(span);
                continue;
            }
            let mut done = 0;
            for place in places {
                marked.push(Span::styled(span.content[done..place.start].to_owned(), span.style));
                marked.push(self.own(Role::Found, &span.content[place.clone()]));
                done = place.end;
            }
            marked.push(Span::styled(span.content[done..].to_owned(), span.style));
        }
        marked
    }

    /// A line over the whole width, in the colours of what is selected. Its first column, a space,
    /// becomes a sign.
    pub(crate) fn selected(
        self,
        mut line: Line<'static>,
        focus: bool,
        columns: usize,
    ) -> Line<'static> {
        let gap = columns.saturating_sub(width(&line.spans));
        line.spans.push(Span::raw(" ".repeat(gap)));
        let (role, sign) =
            if focus { (Role::Selected, "▌") } else { (Role::SelectedElsewhere, "│") };
        if let Some(first) = line.spans.first_mut() {
            let rest = first.content.strip_prefix(' ').unwrap_or(&first.content);
            first.content = format!("{sign}{rest}").into();
        }
        let style = self.0.style(role);
        // Many colours turned around are hard to read.
        let plain = style.add_modifier.contains(Modifier::REVERSED);
        for span in &mut line.spans {
            span.style = if plain { style } else { span.style.patch(style) };
        }
        line
    }
}

/// How many columns these pieces take.
pub(crate) fn width(spans: &[Span<'_>]) -> usize {
    spans.iter().map(|span| text::width(&span.content)).sum()
}

/// A line for each row of an area, from its top.
pub(crate) fn rows(area: Rect) -> impl Iterator<Item = Rect> {
    (area.top()..area.bottom()).map(move |y| Rect { y, height: 1, ..area })
}
