//! From what the terminal sends to what is asked for.

use ratatui::crossterm::event::{
    Event, KeyCode, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use ratatui::layout::Position;

use crate::action::{Action, Scope};
use crate::key::Key;
use crate::state::asking::Typing;
use crate::state::edit::Change;
use crate::state::{State, Target};

/// How many rows a turn of the wheel is.
const WHEEL: usize = 3;

/// Does what an event asks for. Says whether anything may have changed.
pub fn handle(event: Event, state: &mut State) -> bool {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => press(key.into(), state),
        Event::Paste(text) => state.typed(Typing::Text(text)),
        // What is asked is answered first.
        Event::Mouse(_) if state.question.is_some() => return false,
        Event::Mouse(mouse) => {
            let at = Position::new(mouse.column, mouse.row);
            match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => return click(at, state),
                MouseEventKind::ScrollUp => wheel(at, Action::Up, state),
                MouseEventKind::ScrollDown => wheel(at, Action::Down, state),
                _ => return false,
            }
        }
        Event::Resize(..) => {}
        _ => return false,
    }
    true
}

/// Does what a key means in the pane that has the focus, or in the line that is being typed.
pub fn press(key: Key, state: &mut State) {
    if state.question.is_some() {
        if let Some(yes) = answer(key) {
            state.answer(yes);
        }
    } else if state.prompt.is_some() {
        if let Some(typing) = typing(key) {
            state.typed(typing);
        }
    } else if let Some(action) = state.keymap.action(key, state.scope()) {
        state.apply(action.into());
    }
}

/// What a key says to a question. As with a line, these are not to be changed.
fn answer(key: Key) -> Option<bool> {
    match (key.code, key.modifiers == KeyModifiers::CONTROL) {
        (KeyCode::Char('y'), false) => Some(true),
        (KeyCode::Char('n' | 'q') | KeyCode::Esc, false) | (KeyCode::Char('c'), true) => {
            Some(false)
        }
        _ => None,
    }
}

/// What a key does to a line. These are the keys of shells, and not to be changed.
fn typing(key: Key) -> Option<Typing> {
    let control = key.modifiers == KeyModifiers::CONTROL;
    Some(match key.code {
        KeyCode::Enter => Typing::Accept,
        KeyCode::Esc => Typing::Cancel,
        KeyCode::Tab => Typing::Complete { back: false },
        KeyCode::BackTab => Typing::Complete { back: true },
        KeyCode::Up => Typing::Past { newer: false },
        KeyCode::Down => Typing::Past { newer: true },
        KeyCode::Left => Typing::Edit(Change::Left),
        KeyCode::Right => Typing::Edit(Change::Right),
        KeyCode::Home => Typing::Edit(Change::Start),
        KeyCode::End => Typing::Edit(Change::End),
        KeyCode::Backspace => Typing::Edit(Change::Backspace),
        KeyCode::Delete => Typing::Edit(Change::Delete),
        KeyCode::Char('c' | 'g') if control => Typing::Cancel,
        KeyCode::Char('p') if control => Typing::Past { newer: false },
        KeyCode::Char('n') if control => Typing::Past { newer: true },
        KeyCode::Char('a') if control => Typing::Edit(Change::Start),
        KeyCode::Char('e') if control => Typing::Edit(Change::End),
        KeyCode::Char('w') if control => Typing::Edit(Change::DeleteWord),
        KeyCode::Char('u') if control => Typing::Edit(Change::DeleteBefore),
        KeyCode::Char('k') if control => Typing::Edit(Change::DeleteAfter),
        _ => Typing::Text(key.character()?.to_string()),
    })
}

/// The wheel moves what is under it.
fn wheel(at: Position, action: Action, state: &mut State) {
    let focus = state.detail_focus;
    if let Some(Target::Pane(scope)) = target(at, state, |target| matches!(target, Target::Pane(_)))
    {
        state.detail_focus = scope == Scope::Detail;
    }
    for _ in 0..WHEEL {
        state.apply(action.into());
    }
    state.detail_focus = focus;
}

fn click(at: Position, state: &mut State) -> bool {
    match target(at, state, |_| true) {
        Some(Target::View(view)) => state.apply(Action::View(view).into()),
        Some(Target::Message(position)) => {
            state.detail_focus = false;
            state.stream.select(position);
        }
        Some(Target::Line(line)) => {
            // A second click opens or closes a branch.
            let again = state.detail_focus && state.detail.cursor() == line;
            state.detail_focus = true;
            state.detail.select(line);
            if again {
                state.apply(Action::Open.into());
            }
        }
        Some(Target::Part(part)) => {
            state.detail_focus = true;
            state.detail.turn_to(part);
        }
        Some(Target::Panel(panel)) => state.topics.panel = panel,
        Some(Target::Found(number)) => {
            state.detail_focus = false;
            state.archive.select(number);
        }
        Some(Target::Row(row)) => state.daemons.select(row),
        Some(Target::Topic(row)) => {
            // A second click opens or closes a branch.
            if state.topics.selected() == row {
                state.topics.turn();
            } else {
                state.topics.select(row);
            }
        }
        Some(Target::Pane(scope)) => state.detail_focus = scope == Scope::Detail,
        None => return false,
    }
    true
}

/// What was drawn last at a place, of what is asked for.
fn target(at: Position, state: &State, wanted: impl Fn(&Target) -> bool) -> Option<Target> {
    let places = state.places.iter().rev().filter(|(_, target)| wanted(target));
    places.into_iter().find(|(area, _)| area.contains(at)).map(|(_, target)| *target)
}
