//! Messages that somebody wants to come back to.

/// How many there may be.
const MOST: usize = 1000;

/// The positions of messages, in order.
#[derive(Debug, Default)]
pub struct Bookmarks {
    positions: Vec<i64>,
}

impl Bookmarks {
    /// Sets one, or takes it away; says whether it is there now, or why it cannot be.
    pub(super) fn turn(&mut self, position: i64) -> Result<bool, String> {
        match self.positions.binary_search(&position) {
            Ok(at) => {
                self.positions.remove(at);
                Ok(false)
            }
            Err(_) if self.positions.len() >= MOST => {
                Err(format!("there are {MOST} bookmarks, and no more fit"))
            }
            Err(at) => {
                self.positions.insert(at, position);
                Ok(true)
            }
        }
    }

    /// Whether this message has one.
    pub fn has(&self, position: i64) -> bool {
        self.positions.binary_search(&position).is_ok()
    }

    /// All of them, in order.
    pub fn positions(&self) -> &[i64] {
        &self.positions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_in_order_and_have_an_end() {
        let mut bookmarks = Bookmarks::default();
        for position in [5, -3, 9] {
            assert_eq!(bookmarks.turn(position), Ok(true));
        }
        assert_eq!((bookmarks.turn(5), bookmarks.positions()), (Ok(false), &[-3, 9][..]));
        assert!(bookmarks.has(9) && !bookmarks.has(5));
        let outcome: Vec<_> = (100..100 + MOST as i64).map(|one| bookmarks.turn(one)).collect();
        assert_eq!(outcome.iter().filter(|one| one.is_err()).count(), 2);
        assert_eq!(bookmarks.positions().len(), MOST);
    }
}
