//! What was logged, and which of it is on the screen.

use std::collections::VecDeque;

use crate::action::Action;
use crate::feed::LogLine;

/// How many lines are kept.
const MOST: usize = 10_000;
/// How many columns a step to the side is.
const STEP: usize = 8;

/// The last lines.
#[derive(Debug, Default)]
pub struct Log {
    lines: VecDeque<LogLine>,
    /// How many lines are below the screen. With none, it follows what comes.
    below: usize,
    /// How many lines the screen has; the view says so.
    height: usize,
    /// How many columns are left out on the left.
    pub shift: usize,
}

impl Log {
    /// Takes a line. Whoever reads older ones goes on seeing them.
    pub(super) fn push(&mut self, line: LogLine) {
        if self.lines.len() == MOST {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
        if self.below > 0 {
            self.below = (self.below + 1).min(self.most_below());
        }
    }

    /// Makes the screen so many lines high and gives those on it, oldest first.
    pub fn visible(&mut self, height: usize) -> impl Iterator<Item = &LogLine> {
        self.height = height;
        self.below = self.below.min(self.most_below());
        let end = self.lines.len() - self.below;
        self.lines.range(end.saturating_sub(height)..end)
    }

    /// How many lines are below the screen, and how many there are.
    pub fn place(&self) -> (usize, usize) {
        (self.below, self.lines.len())
    }

    /// Whether nothing was logged.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn most_below(&self) -> usize {
        self.lines.len().saturating_sub(self.height)
    }

    pub(super) fn apply(&mut self, action: Action) {
        let page = self.height.max(2) - 1;
        let below = match action {
            Action::Up => self.below + 1,
            Action::Down => self.below.saturating_sub(1),
            Action::PageUp => self.below + page,
            Action::PageDown => self.below.saturating_sub(page),
            Action::Top => usize::MAX,
            Action::Bottom => 0,
            Action::Left => {
                self.shift = self.shift.saturating_sub(STEP);
                return;
            }
            Action::Right => {
                self.shift += STEP;
                return;
            }
            _ => return,
        };
        self.below = below.min(self.most_below());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: usize) -> LogLine {
        LogLine { time: 0, level: tracing::Level::INFO, text: number.to_string() }
    }

    fn shown(log: &mut Log) -> Vec<String> {
        log.visible(3).map(|line| line.text.clone()).collect()
    }

    #[test]
    fn older_lines_stay_on_the_screen_while_others_come() {
        let mut log = Log::default();
        (0..5).for_each(|number| log.push(line(number)));
        assert_eq!(shown(&mut log), ["2", "3", "4"]);
        log.apply(Action::Up);
        log.push(line(5));
        assert_eq!(
            (shown(&mut log), log.place()),
            (vec!["1".into(), "2".into(), "3".into()], (2, 6))
        );
        log.apply(Action::Top);
        assert_eq!(shown(&mut log), ["0", "1", "2"]);
        // What is older than all that is kept goes away under the screen.
        (6..MOST + 2).for_each(|number| log.push(line(number)));
        assert_eq!(shown(&mut log), ["2", "3", "4"]);
        log.apply(Action::Bottom);
        log.push(line(7));
        assert_eq!(shown(&mut log).last().unwrap(), "7");
    }
}
