//! A message on one line: time, verdict, topic, and what it is about.

use std::collections::HashMap;

use super::{Family, Kind, Piece};
use crate::crypto::Verdict;
use crate::meta::Facts;

/// What a line says.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// When it was, as it is shown.
    pub time: &'a str,
    /// Whether the message can be believed.
    pub mark: Mark,
    /// Its topic.
    pub topic: &'a str,
    /// What it is about.
    pub facts: &'a Facts,
}

/// Whether a message can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Its signature is valid.
    Valid,
    /// It is not.
    Invalid,
    /// Nobody has looked.
    Unchecked,
}

impl From<&Verdict> for Mark {
    fn from(verdict: &Verdict) -> Self {
        if verdict.valid() { Mark::Valid } else { Mark::Invalid }
    }
}

impl Mark {
    /// As journals and archives name verdicts.
    pub fn named(verdict: &str) -> Self {
        match verdict {
            "valid" => Mark::Valid,
            "unchecked" => Mark::Unchecked,
            _ => Mark::Invalid,
        }
    }
}

/// All of a line.
pub fn line(line: &Line<'_>) -> Vec<Piece> {
    let space = || Piece::new(Kind::Plain, " ");
    let mut pieces = vec![Piece::new(Kind::Time, line.time), space(), mark(line.mark), space()];
    pieces.extend(topic(line.topic));
    pieces.push(space());
    pieces.extend(summary(line.facts));
    pieces
}

/// A verdict in two characters, which differ even without colours.
pub fn mark(mark: Mark) -> Piece {
    match mark {
        Mark::Valid => Piece::new(Kind::Good, "ok"),
        Mark::Invalid => Piece::new(Kind::Bad, "!!"),
        Mark::Unchecked => Piece::new(Kind::Unknown, "--"),
    }
}

/// A topic: prefix and environment, which are nearly always the same, and the rest.
pub fn topic(topic: &str) -> Vec<Piece> {
    let kind = Kind::Topic(Family::of(topic));
    let rest = topic.match_indices('.').nth(2).map(|(dot, _)| dot + 1);
    match rest.filter(|rest| *rest < topic.len()) {
        Some(rest) => {
            vec![Piece::new(Kind::Prefix, &topic[..rest]), Piece::new(kind, &topic[rest..])]
        }
        None => vec![Piece::new(kind, topic)],
    }
}

/// What a message is about, with the names in it that are people or packages.
pub fn summary(facts: &Facts) -> Vec<Piece> {
    let mut names = HashMap::new();
    names.extend(facts.packages.iter().map(|name| (name.to_string(), Kind::Package)));
    names.extend(facts.users.iter().map(|name| (name.to_string(), Kind::User)));
    names.extend(facts.agent.iter().map(|name| (name.clone(), Kind::User)));
    let mut pieces = Vec::new();
    let mut plain = String::new();
    for word in facts.summary.split_inclusive(char::is_whitespace) {
        let rest = word.trim_end().trim_start_matches(is_around);
        let start = word.trim_end().len() - rest.len();
        let name = rest.trim_end_matches(is_around);
        let Some(kind) = names.get(name).filter(|_| !name.is_empty()) else {
            plain.push_str(word);
            continue;
        };
        plain.push_str(&word[..start]);
        if !plain.is_empty() {
            pieces.push(Piece::new(Kind::Plain, &std::mem::take(&mut plain)));
        }
        pieces.push(Piece::new(*kind, name));
        plain.push_str(&word[start + name.len()..]);
    }
    if !plain.is_empty() {
        pieces.push(Piece::new(Kind::Plain, &plain));
    }
    pieces
}

/// Whether a character may stand around a name without being part of it.
fn is_around(character: char) -> bool {
    "()[]{}<>\"'`,;:.!?".contains(character)
}

/// Cuts a line to so many characters; the last of them then says that there was more.
pub fn cut(pieces: &mut Vec<Piece>, width: usize) {
    let length = |piece: &Piece| piece.text.chars().count();
    if pieces.iter().map(length).sum::<usize>() <= width {
        return;
    }
    let mut room = width.saturating_sub(1);
    let ends = pieces.iter().position(|piece| match room.checked_sub(length(piece)) {
        Some(left) if left > 0 => {
            room = left;
            false
        }
        _ => true,
    });
    let ends = ends.unwrap_or_default();
    pieces.truncate(ends + 1);
    if let Some(last) = pieces.last_mut().filter(|_| width > 0) {
        last.text = last.text.chars().take(room).chain(['…']).collect();
    } else {
        pieces.clear();
    }
}
