//! What keys do, as data: in `golden/keys/` each line that begins with `>` has keys, one with `+` says
//! how many messages come, and the screen that follows is what is drawn then.

use std::fmt::Write;

use super::{add, compare, drawn, golden, press, state, text};

const SIZE: (u16, u16) = (72, 16);

#[test]
fn keys_lead_from_screen_to_screen() {
    let folder = std::fs::read_dir(golden("keys")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let name = format!("keys/{}", file.to_str().unwrap());
        compare(&name, &play(&std::fs::read_to_string(golden(&name)).unwrap()));
    }
}

/// Does what a file says and gives it with the screens drawn.
fn play(script: &str) -> String {
    let mut state = state(0);
    let mut out = String::new();
    drawn(&mut state, SIZE.0, SIZE.1);
    for line in script.lines().filter(|line| !line.starts_with('|')) {
        let _ = writeln!(out, "{line}");
        match line.split_at(line.len().min(2)) {
            ("> ", keys) => press(&mut state, keys),
            ("+ ", count) => add(&mut state, count.parse().unwrap()),
            _ => continue,
        }
        for row in text(&drawn(&mut state, SIZE.0, SIZE.1)) {
            let _ = writeln!(out, "|{row}");
        }
    }
    out
}
