//! What was before the session, on the screen.

use std::ops::Range;
use std::time::{Duration, Instant};

use fedhub::Result;
use fedhub::message::Message;

use super::{BEGIN, drawn, press, state, text};
use crate::feed::{Before, News};
use crate::history::{Kept, Past, Seam};
use crate::state::State;

/// An archive in which most numbers are missing: what is known already takes one, too.
struct Holes;

const END: i64 = 3000;

fn is_there(number: i64) -> bool {
    number % 50 == 7 || (1500..1503).contains(&number)
}

impl Past for Holes {
    fn numbers(&mut self) -> Result<Range<i64>> {
        Ok(1..END)
    }

    fn read(&mut self, after: i64, most: usize) -> Result<Vec<Kept>> {
        let numbers = (after + 1..END).filter(|number| is_there(*number)).take(most);
        let kept = numbers.map(|number| Kept {
            number,
            received: (BEGIN + number) * 1_000_000,
            endpoint: None,
            message: Message::new(format!("org.example.prod.n{number}"), b"{}".as_slice()),
        });
        Ok(kept.collect())
    }

    fn first_since(&mut self, time: i64) -> Result<i64> {
        let since = time / 1_000_000 - BEGIN;
        Ok((since..END).find(|number| is_there(*number)).unwrap_or(END))
    }
}

/// The topics on the screen, once what they depend on was read, and the selected one.
#[track_caller]
fn shown(state: &mut State, last: &str) -> (Vec<String>, String) {
    let begin = Instant::now();
    loop {
        state.work();
        state.tick((BEGIN + END) * 1_000_000);
        let screen = text(&drawn(state, 60, 15));
        let lines = &screen[2..14];
        let topic = |line: &String| {
            let words = line.split_whitespace().nth(2).unwrap_or_default();
            words.to_owned()
        };
        let selected = lines.iter().find(|line| line.starts_with('▌')).map(topic);
        let topics: Vec<String> = lines.iter().map(topic).collect();
        // A line is empty for as long as it is still being read.
        let all = topics.iter().all(|topic| !topic.is_empty());
        if all && topics.last().is_some_and(|topic| topic == last) {
            return (topics, selected.unwrap_or_default());
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "no {last} at the end of {screen:#?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn numbers_without_a_message_have_no_line() {
    let mut state = state(0);
    let before = Before { past: Box::new(Holes), seam: Seam::Before(END) };
    state.take(News::Before(before));
    let (topics, selected) = shown(&mut state, "n2957");
    let expected: Vec<String> = (0..12).map(|at| format!("n{}", 2407 + 50 * at)).collect();
    assert_eq!((topics, selected), (expected, "n2957".into()));
    press(&mut state, "k k");
    let (_, selected) = shown(&mut state, "n2957");
    assert_eq!(selected, "n2857");
    press(&mut state, "j");
    assert_eq!(shown(&mut state, "n2957").1, "n2907");
    // Further up more is read, and no line is empty there either.
    state.stream.go_to_time((BEGIN + 1400) * 1_000_000);
    let begin = Instant::now();
    while state.stream.selected().is_none_or(|at| at != 1407 - END) {
        state.work();
        state.tick((BEGIN + END) * 1_000_000);
        drawn(&mut state, 60, 15);
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
    let (topics, selected) = shown(&mut state, "n1807");
    assert_eq!((topics[0].as_str(), selected.as_str()), ("n1407", "n1407"));
    assert_eq!(topics[2..6], ["n1500", "n1501", "n1502", "n1507"]);
}
