//! Expressions and messages that are made to do harm.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Why an expression is refused when it is compiled.
fn refusal(text: &str) -> String {
    match Program::compile(text, &["$x"]) {
        Ok(_) => panic!("{} was compiled", &text[..text.len().min(80)]),
        Err(error) => error.to_string(),
    }
}

/// Why an expression's run ended, which must be soon.
fn failure(text: &str, message: &str) -> Option<Failure> {
    let program = Program::compile(text, &["$x"]).unwrap();
    let message = canonical::parse(message.as_bytes()).unwrap();
    let begin = Instant::now();
    let outcome = program.run(Input::from(&message), vec!["x".into()], &Limits::default());
    assert!(begin.elapsed() < Duration::from_secs(20), "{text}: {:?}", begin.elapsed());
    outcome.failure
}

#[test]
fn what_sees_or_does_more_than_compute_is_refused() {
    for text in [
        "env",
        "$ENV",
        "$ENV.HOME",
        "$__prog_args",
        "$__loc__",
        "input",
        "inputs",
        "halt",
        "halt(1)",
        "halt_error",
        "halt_error(1)",
        "debug",
        "debug(1)",
        "stderr",
        "stderr_empty",
        "debug_empty",
        "input_filename",
        "input_line_number",
        "now",
        "localtime",
        "strflocaltime(\"%Z\")",
        "mktime(1)",
        "import \"a\" as a; .",
        "include \"a\"; .",
        "import \"a\" as $a; $a",
        "a::b",
        "!empty",
        "get_search_list",
        "ltrimstr",
        "$y",
        "getpath",
        "splits",
        "@nothing \"a\"",
        "break $out",
        "label $a | break $b",
    ] {
        refusal(text);
    }
    assert!(Program::compile("module {}; .", &[]).is_err());
}

#[test]
fn what_never_ends_is_refused() {
    for text in [
        "..",
        ".. | numbers",
        "recurse",
        "recurse(.[]?)",
        "recurse(.a; . != null)",
        "walk(.)",
        "repeat(.)",
        "[limit(3; repeat(1))]",
        "until(false; .)",
        "while(true; .)",
        "paths",
        "combinations",
        "input_line_number",
        "path(.a)",
        "setpath([\"a\"]; 1)",
        "delpaths([[]])",
        "pick(.a)",
        "tostream",
        "getpath([\"a\"]) = 1",
        "env.PATH",
        "infinite",
        "range(1; 2; 3; 4)",
    ] {
        refusal(text);
    }
}

#[test]
fn recursion_is_refused_in_all_its_guises() {
    for text in [
        "def f: f; f",
        "def f: 1; def f: f + 1; f",
        "def f: 1 + f; f",
        "def f(g): f(g); f(.)",
        "def f($a): f($a + 1); f(0)",
        "def f: def g: f; g; f",
        "def f: def g: def h: f; h; g; f",
        "def f(g): def f: g; f(f); f(.)",
        "def map(f): map(f); map(.)",
    ] {
        let why = refusal(text);
        assert!(why.contains("calls itself"), "{text}: {why}");
    }
    // These only look like it.
    for text in ["def f: 1; def f: 2; f", "def f(f): f; f(2)", "def map(f): f; map(2)"] {
        assert!(Program::compile(text, &[]).is_ok(), "{text}");
    }
}

#[test]
fn a_refusal_says_where_and_what_would_be_right() {
    let error = Program::compile(".msg.user\n | starts_with(\"a\")", &[]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("line 2 column 4") && text.contains("starts_with"), "{text}");
    assert_eq!(error.next_step(), Some("did you mean startswith?"));
    assert!(refusal("test").contains("test has 1 or 2 arguments, not 0"));
    assert!(refusal(".a |").contains("at the end: term expected"));
    let error = Program::compile_after("def a: 1;\ndef b: c;", "b", &[]).unwrap_err();
    assert!(error.to_string().contains("definitions, line 2"), "{error}");
    let error = Program::compile_after("def a: 1;", "\nb", &[]).unwrap_err();
    assert!(error.to_string().contains("jq, line 2 column 1"), "{error}");
}

/// Texts that nest as deep as their length allows.
fn deep(levels: usize) -> Vec<(&'static str, String)> {
    let around = |open: &str, inside: &str, close: &str| {
        format!("{}{inside}{}", open.repeat(levels), close.repeat(levels))
    };
    vec![
        ("parentheses", around("(", ".", ")")),
        ("arrays", around("[", ".", "]")),
        ("objects", around("{a:", ".", "}")),
        ("signs", around("-", "1", "")),
        ("tries", around("try ", ".", "")),
        ("conditions", around("if . then ", ".", " end")),
        ("alternatives", around("if . then . elif . then . else ", ".", " end")),
        ("strings", around("\"\\(", ".", ")\"")),
        ("pipes", around(".|", ".", "")),
        ("commas", around("1,", "1", "")),
        ("sums", around("1+", "1", "")),
        ("defaults", around(".a//", "1", "")),
        ("bindings", around(". as $v|", ".", "")),
        ("labels", around("label $v|", ".", "")),
        ("definitions", around("def f: ", ".", "; .")),
        ("definitions in a row", around("def f: .;", ".", "")),
        ("folds", around("reduce . as $v (.;", ".", ")")),
        ("patterns", format!(". as {} | 1", around("[", "$v", "]"))),
        ("steps", around("", ".", "[0]")),
        ("questions", around("", ".", "?")),
        ("arguments", around("map(", ".", ")")),
        ("assignments", around(".a|=", ".", "")),
        ("updates", around("(.a|=", "1", ")")),
        ("indices", around(".[", "0", "]")),
        ("members", format!("{{{}}}", "a:1,".repeat(levels).trim_end_matches(','))),
    ]
}

#[test]
fn deep_expressions_are_refused_and_shallow_ones_run() {
    for (what, text) in deep(20_000) {
        let text = &text[..text.len().min(MAX_TEXT)];
        assert!(Program::compile(text, &["$x"]).is_err(), "{what}");
    }
    let flat = ["parentheses", "definitions in a row", "questions"];
    for (what, text) in deep(3000).into_iter().filter(|(_, text)| text.len() <= MAX_TEXT) {
        let compiled = Program::compile(&text, &["$x"]);
        assert!(compiled.is_err() || flat.contains(&what), "{what}");
    }
    for (what, text) in deep(12) {
        assert!(Program::compile(&text, &["$x"]).is_ok(), "{what}");
    }
}

/// The deepest expressions that are compiled must fit a thread's ordinary stack when they run.
#[test]
fn what_is_compiled_fits_the_stack() {
    for levels in [10, 40, 90, 150, 180, 190, 195, 198] {
        for (_, text) in deep(levels) {
            for text in [format!("[limit(3; {text})]"), text] {
                if Program::compile(&text, &["$x"]).is_ok() {
                    failure(&text, r#"{"a": [[[1]]]}"#);
                }
            }
        }
    }
}

#[test]
fn nesting_hidden_in_definitions_is_seen() {
    let doubling = |levels: usize, first: &str, next: &str| {
        let mut text = first.to_owned();
        for level in 1..=levels {
            text += &next
                .replace("NEW", &format!("f{level}"))
                .replace("OLD", &format!("f{}", level - 1));
        }
        format!("{text} f{levels}")
    };
    // Each twice as deep as the one before, by its argument.
    let text = doubling(20, "def f0(g): [g];", "def NEW(g): OLD(OLD(g));") + "(1)";
    assert!(refusal(&text).contains("nests"));
    let text = doubling(20, "def f0(g): g + 1;", "def NEW(g): def h: g; OLD(OLD(h));") + "(1)";
    assert!(refusal(&text).contains("nests"));
    // Each as deep as the one before and a bit, but with twice the work.
    let text = doubling(40, "def f0: .;", "def NEW: OLD|OLD;");
    assert!(matches!(failure(&text, "1"), Some(Failure::Time | Failure::Output)));
    let text = doubling(40, "def f0: 1;", "def NEW: OLD+OLD;");
    assert!(matches!(failure(&text, "1"), Some(Failure::Time | Failure::Output)));
    let text = doubling(40, "def f0: .;", "def NEW: OLD,OLD;");
    assert!(matches!(failure(&text, "1"), Some(Failure::Time | Failure::Output) | None));
}

#[test]
fn whatever_grows_is_stopped() {
    let list = format!("[{}]", "1,".repeat(999) + "1");
    let mut ended = Vec::new();
    for text in [
        // Much work.
        "range(1e12) | empty",
        "[range(1e12)]",
        "reduce range(1e12) as $i (0; . + 1)",
        "[foreach range(1e12) as $i (0; . + 1)]",
        "last(range(1e12))",
        "first(range(1e12) | select(. < 0))",
        "any(range(1e12); false)",
        "[limit(1e12; range(1e12))]",
        "nth(1e12; range(1e13))",
        "label $out | range(1e12) | if . < 0 then break $out else empty end",
        "[range(0; 1; 1e-300)]",
        "[range(0; 1; 0)]",
        "try (range(1e12) | empty) catch .",
        "[range(1e12) | try error(\"x\") catch .]",
        "first_or_null(range(1e12) | empty)",
        "(1,2,3,4,5,6,7,8) as $a | (1,2,3,4,5,6,7,8) as $b | (1,2,3,4,5,6,7,8) as $c | \
         (1,2,3,4,5,6,7,8) as $d | (1,2,3,4,5,6,7,8) as $e | (1,2,3,4,5,6,7,8) as $f | \
         (1,2,3,4,5,6,7,8) as $g | (1,2,3,4,5,6,7,8) as $h | empty",
        ".[] as $a | .[] as $b | .[] as $c | .[] as $d | empty",
        "[.[], .[]] | [.[], .[]] | [.[], .[]] | [.[] as $a | .[] as $b | 1] | length",
        ".[(range(1e6)), (range(1e6))][(range(1e6))]? | empty",
        "{(range(1e9) | tostring): 1} | empty",
        // Doubling.
        "\"x\" * 1e12",
        "1e18 * \"xy\"",
        "reduce range(100) as $i (\"x\"; . + .)",
        "reduce range(100) as $i ([1]; . + .)",
        "reduce range(100) as $i ([1]; [.[], .[]])",
        "reduce range(100) as $i ([1]; [., .])",
        "reduce range(100) as $i (\"x\"; \"\\(.)\\(.)\")",
        "reduce range(100) as $i (\"x\"; . as $s | [., .] | join($s))",
        "reduce range(100) as $i (\"\\\"\"; tojson)",
        "reduce range(100) as $i (\"<<\"; . + . | @html)",
        "reduce range(100) as $i (\" \"; . + . | @uri)",
        "reduce range(1000) as $i (\"xxxxxxxx\"; @base64)",
        "reduce range(100) as $i (\"ab\"; gsub(\"\"; \"xyz\"))",
        "reduce range(100) as $i (\"ab\"; gsub(\"(?<a>.)\"; .a + .a))",
        "reduce range(100) as $i (\"x\"; explode + explode | implode)",
        "reduce range(100) as $i ({a: 1}; {a: ., b: .}) | tojson",
        "reduce range(100) as $i ([1]; map(., .))",
        "reduce range(100) as $i ([1]; [limit(1e9; .[], .[])])",
        "reduce range(100) as $i ([[1]]; . + .) | add",
        "[range(1e5)] | map(\"xxxxxxxxxxxxxxxxxxxx\" * 1000) | add",
        "reduce range(1e9) as $i ({}; . + {\"k\\($i)\": $i})",
        "reduce range(1e9) as $i ([]; .[$i] = $i)",
        "reduce range(1e9) as $i ({}; .[$i | tostring] = $i)",
        "[range(1e6)] | map([range(1e6)]) | length",
        // Sorting and the like of much.
        "[range(1e6)] | sort_by(-.) | group_by(.) | length",
        "[range(1e9)] | unique | length",
        "[range(1e5) | [., \"x\" * 100]] | [., ., .] | map(sort) | flatten | unique | tojson | length",
        // Compared with each other.
        "[range(1e5) | 0] | . as $l | [limit(5e4; $l[])] as $p | indices($p)",
        "[range(2e4)] as $l | $l | contains($l)",
        // Changes.
        "[range(1e6)] | .[] |= (range(1e6) | select(. < 0))",
        "reduce range(1e6) as $i ([range(1e4)]; .[1:] |= .)",
    ] {
        let failure = failure(text, &list);
        if !matches!(failure, Some(Failure::Time | Failure::Output)) {
            ended.push((text, failure));
        }
    }
    assert!(ended.is_empty(), "{ended:#?}");
}

/// What takes long over a large text and makes little of it.
#[test]
fn looking_at_much_again_and_again_is_stopped() {
    let message = format!("\"{}\"", "x".repeat(1_000_000));
    for work in [
        "$s[900000:]",
        "$s | trim",
        "$s | ltrimstr(\"y\")",
        "$s | contains(\"y\")",
        "$s | index(\"y\")",
        "$s | sha256",
        "$s | avatar",
        "$s | length",
        "$s | tonumber?",
        "$s == $s + \"y\"",
        "$s | test(\"y\")",
        "$s | split(\"y\"; null)",
        "$s | ascii_downcase",
        "$s | match(\"x*y|x\"; \"g\")",
    ] {
        let begin = Instant::now();
        let failure = failure(&format!(". as $s | [range(1e9) | ({work}) | empty]"), &message);
        assert!(matches!(failure, Some(Failure::Time | Failure::Output)), "{work}: {failure:?}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{work}: {:?}", begin.elapsed());
    }
}

#[test]
fn deep_values_are_stopped() {
    for text in [
        "reduce range(1e6) as $i (0; [.])",
        "reduce range(1e6) as $i (0; {a: .})",
        "reduce range(1e6) as $i ({}; {} | .a = {b: 1} | .a.b = 1) | reduce range(1e6) as $i (0; {} | .a = $i | [., [[]]])",
        "reduce range(1e6) as $i ([]; . as $v | [] | .[0] = $v)",
        "reduce range(1e6) as $i ({}; . as $v | {} | .a |= $v)",
        "reduce range(1e6) as $i ([1]; . as $v | [1, 2] | .[0:1] |= [$v])",
        "reduce range(1e6) as $i ([]; . as $v | {} | . + {a: $v} | . * {b: $v})",
        "foreach range(1e6) as $i (0; [.]; empty)",
        "([range(60000)] | map(\"[\") | add) + ([range(60000)] | map(\"]\") | add) | fromjson",
        "reduce range(1e6) as $i (0; [., 1] | map(.) | to_entries | map(.value))",
    ] {
        let failure = failure(text, "null");
        let stopped = matches!(failure, Some(Failure::Depth | Failure::Time | Failure::Output));
        assert!(stopped || matches!(failure, Some(Failure::Error(_))), "{text}: {failure:?}");
    }
    // As deep as a document can be, in any part of the work.
    let depth = canonical::MAX_DEPTH - 1;
    let message = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for text in [
        ".",
        "tojson",
        "[.] | sort",
        ". == .",
        "[., .] | unique",
        "flatten",
        "flatten(1e9)",
        "tojson | fromjson",
        "contains([[]])",
        "\"\\(.)\"",
        "[[[[.]]]]",
        "{a: .} * {a: .}",
        "del(.[0])",
        "map(.)",
        "@text",
        "error",
        "[.] - [.]",
        "[.] | index(.)",
        "group_by(.)",
        "inside(.)",
        ".[0] |= .",
        "indices([1])",
    ] {
        failure(text, &message);
    }
}

#[test]
fn folds_do_not_stand_left_of_assignments() {
    for text in [
        "(reduce .[] as $i (.; .a)) |= 1",
        "(foreach .[] as $i (.; .a)) = 1",
        "(.a | reduce .[] as $i (.; .a)) += 1",
        "def p: reduce .[] as $i (.; .a); p |= 1",
        "def p(f): f; p(reduce .[] as $i (.; .a)) |= 1",
        "def u(p): p |= 1; u(reduce .[] as $i (.; .a))",
        "def u(p): def q: p; q |= 1; u(reduce .[] as $i (.; .a))",
        "del(reduce .[] as $i (.; .a))",
        "getpath([range(1e5)]) |= 1",
        "add |= 1",
        "limit(1; .a) = 1",
    ] {
        assert!(refusal(text).contains("left of an assignment"), "{text}");
    }
    assert_eq!(run("(.a | select(. > 1)) |= . + 1 | (.b // .a) += 1", r#"{"a": 2}"#), r#"{"a":4}"#);
}

#[test]
fn regular_expressions_are_linear_and_bounded() {
    let long = format!("{:?}", "a".repeat(100_000));
    for text in [
        "test(\"(a*)*b\")",
        "test(\"(a|a)*b\")",
        "test(\"(a|aa)+$\")",
        "test(\"(.*)(.*)(.*)(.*)[^a]\")",
        "[match(\"a*?\"; \"g\")] | length",
        "gsub(\"a\"; \"b\") | length",
        "gsub(\"\"; \"b\") | length",
        "[scan(\"a\")] | length",
        "test(\"a{1000}{1000}{1000}\")",
        "test(\"(((a{100}){100}){100}){100}\")",
        "test(\"\\\\w{999}\\\\w{999}\\\\w{999}b\")",
        "test(.)",
        "test(. + .)",
        "test(\"(\" * 1000)",
        "test(\"(\" * 20000 + \")\" * 20000)",
        "test(\"[\" * 20000)",
        "[splits(\"\")] | length",
        "split(\"\"; \"\") | length",
        "capture(\"(?<x>a*)\") | .x | length",
        "[range(1e9) | tostring | . as $re | \"x\" | test($re)]",
        "sub(\"(?<a>a)\"; \"\\(.a)\\(.a)\"; \"g\") | length",
        "test(\"a\"; \"q\")",
        "test(\"a\"; \"gnimslx\")",
        "test(\"\\\\p{L}{500}{500}\")",
    ] {
        failure(text, &long);
    }
}

#[test]
fn odd_arguments_do_no_harm() {
    let odd = [
        "null",
        "true",
        "1e400",
        "-1e400",
        "NaN",
        "0.5",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "123456789012345678901234567890",
        "\"\"",
        "\"\u{10ffff}é\"",
        "[]",
        "{}",
        "[null]",
        "[[1], \"a\"]",
        "{\"a\": {\"b\": 1}}",
        "\"%9999999999Y%s\"",
        "\"(a*)*\"",
    ];
    let odd = odd.map(|text| Input::from(&canonical::parse(text.as_bytes()).unwrap()));
    let mut texts: Vec<String> = functions::allowed()
        .map(|(name, arity)| match arity {
            0 => format!("$a | {name}"),
            _ => format!("$a | [limit(5; {name}({}))]", vec!["$b"; arity].join("; ")),
        })
        .collect();
    for operator in ["+", "-", "*", "/", "%", "==", "<", "and", "or", "//"] {
        texts.push(format!("$a {operator} $b"));
    }
    for text in [
        "[$b]",
        "[$b:$b]",
        " | .[$b] = 1",
        " | .[$b:] |= [1]",
        " | .[$b]? |= empty",
        " | {($b): 1}",
    ] {
        texts.push(format!("$a{text}"));
    }
    for text in &texts {
        let program = Program::compile(text, &["$a", "$b"]).unwrap();
        for a in &odd {
            for b in &odd {
                let outcome =
                    program.run(a.clone(), vec![a.clone(), b.clone()], &Limits::default());
                assert_ne!(outcome.failure, Some(Failure::Bug), "{text} {a} {b}");
            }
        }
    }
}

/// Words and signs in any order: mostly nonsense, and now and then a program.
fn anything() -> impl Strategy<Value = String> {
    let words = [
        ".",
        ".a",
        ".[]",
        ".[0]",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "|",
        ",",
        ":",
        ";",
        "+",
        "-",
        "*",
        "/",
        "%",
        "//",
        "=",
        "|=",
        "+=",
        "==",
        "<",
        "and",
        "or",
        "not",
        "if",
        "then",
        "else",
        "elif",
        "end",
        "try",
        "catch",
        "reduce",
        "foreach",
        "as",
        "$x",
        "$v",
        "def",
        "f",
        "f:",
        "f(g):",
        "g",
        "label",
        "break",
        "?",
        "..",
        "1",
        "1e9",
        "\"a\"",
        "\"\\(",
        ")\"",
        "map(",
        "select(",
        "range(9)",
        "first(",
        "sort",
        "add",
        "keys",
        "tojson",
        "test(\"a\")",
        "limit(9;",
        "@uri",
        "empty",
        "error",
        "length",
        "to_entries",
        "flatten",
        "del(.a)",
        "# x\n",
    ];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 1..30)
        .prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Nothing that is compiled harms, and what is refused is refused in words.
    #[test]
    fn nonsense_does_no_harm(text in anything(), noise in ".{0,40}") {
        for text in [&text, &noise, &format!("{text} | {noise}")] {
            match Program::compile(text, &["$x"]) {
                Ok(program) => {
                    let message = canonical::parse(br#"{"a": [1, {"a": "b"}], "b": "x"}"#).unwrap();
                    let outcome =
                        program.run(Input::from(&message), vec!["x".into()], &Limits::default());
                    prop_assert_ne!(outcome.failure, Some(Failure::Bug), "{}", text);
                }
                Err(error) => prop_assert_eq!(error.kind(), Kind::Data, "{}", text),
            }
        }
    }
}
