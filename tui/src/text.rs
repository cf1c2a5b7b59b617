//! Text made to fit columns: harmless, and of a known width whatever it is made of.

use fedhub::escape;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many bytes a column may take. What is longer is cut before it is looked at more closely.
const BYTES_PER_COLUMN: usize = 16;

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The beginning of a text in at most so many columns; `…` says that there is more.
pub fn cut(text: &str, columns: usize) -> String {
    let enough = columns.saturating_add(1).saturating_mul(BYTES_PER_COLUMN);
    let shortened = text.len() > enough;
    let text = if shortened { &text[..text.floor_char_boundary(enough)] } else { text };
    let safe = harmless(text);
    if !shortened && width(&safe) <= columns {
        return safe;
    }
    let mut out = String::with_capacity(columns * 2);
    let mut used = 0;
    for grapheme in safe.graphemes(true) {
        let wide = width(grapheme);
        // One column is for the mark at the end.
        if used + wide + 1 > columns {
            break;
        }
        out.push_str(grapheme);
        used += wide;
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// The same in exactly so many columns.
pub fn fit(text: &str, columns: usize) -> String {
    let mut out = cut(text, columns);
    let used = width(&out);
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    out
}

/// What is left of a text when this many columns are left out.
pub fn without(piece: &str, columns: usize) -> &str {
    let mut left_out = 0;
    let rest = piece.char_indices().find(|(_, character)| {
        let enough = left_out >= columns;
        left_out += width(character.encode_utf8(&mut [0; 4]));
        enough
    });
    rest.map_or("", |(at, _)| &piece[at..])
}

/// Text without control characters, and without what makes terminals disagree about its width.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape::push(text, &mut out);
    if out.is_ascii() {
        return out;
    }
    out.graphemes(true).flat_map(steady).collect()
}

/// The characters of a grapheme that count the same everywhere: no variation selectors, which
/// change a width on some terminals, and no towers of accents.
fn steady(grapheme: &str) -> impl Iterator<Item = char> + '_ {
    const HIGHEST: usize = 4;
    let selector = |character: &char| matches!(character, '\u{FE00}'..='\u{FE0F}');
    grapheme.chars().filter(move |character| !selector(character)).take(HIGHEST)
}

/// What stands for a text where nothing but ASCII is shown; it has the same width.
pub fn ascii(text: &str) -> String {
    const SIGNS: [(&str, &str); 22] = [
        ("…", "~"),
        ("✓", "v"),
        ("✗", "x"),
        ("▌", ">"),
        ("│", "|"),
        ("─", "-"),
        ("┌", "+"),
        ("┐", "+"),
        ("└", "+"),
        ("┘", "+"),
        ("▸", "+"),
        ("▾", "-"),
        ("·", "."),
        ("▁", "_"),
        ("▂", "_"),
        ("▃", "-"),
        ("▄", "-"),
        ("▅", "="),
        ("▆", "="),
        ("▇", "#"),
        ("█", "#"),
        ("±", "d"),
    ];
    let sign = |grapheme: &str| match SIGNS.iter().find(|(sign, _)| *sign == grapheme) {
        _ if grapheme.is_ascii() => grapheme.to_owned(),
        Some((_, ascii)) => (*ascii).to_owned(),
        None => "?".repeat(width(grapheme)),
    };
    text.graphemes(true).map(sign).collect()
}

/// How many messages, in words.
pub fn messages(number: u64) -> String {
    match number {
        1 => "1 message".to_owned(),
        _ => format!("{} messages", count(number)),
    }
}

/// A number with its thousands set apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_takes_the_columns_it_is_given() {
        let long = "x".repeat(1 << 20);
        let tower = format!("a{}b", "\u{301}".repeat(1000));
        for text in [
            "",
            "plain",
            "日本語のパッケージ",
            "e\u{301}te\u{301}",
            "שלום עולם",
            "\x1b[2J\u{202e}x",
            "❤\u{fe0f}👩\u{200d}💻",
            &long,
            &tower,
        ] {
            for columns in 0..12 {
                let fitted = fit(text, columns);
                assert_eq!(width(&fitted), columns, "{text:.20?} in {columns}: {fitted:?}");
                assert!(!fitted.chars().any(escape::is_harmful), "{fitted:?}");
            }
        }
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("a\nb", 4), "a\\nb");
    }

    #[test]
    fn ascii_is_as_wide() {
        assert_eq!(ascii("✓ a… 日本 é\u{301}"), "v a~ ???? ?");
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [count(0), count(999), count(1000), count(1234567)],
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
