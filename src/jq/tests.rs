mod hostile;

use super::*;

/// What an expression gives for a message, as JSON lines.
fn run(text: &str, message: &str) -> String {
    let program = Program::compile(text, &["$x"]).unwrap();
    let message = canonical::parse(message.as_bytes()).unwrap();
    let outcome = program.run(Input::from(&message), vec!["x".into()], &Limits::default());
    let mut lines: Vec<_> = outcome.values.iter().map(Input::to_string).collect();
    lines.extend(outcome.failure.map(|failure| format!("! {failure}")));
    lines.join(" ")
}

#[test]
fn expressions_are_jq() {
    let message =
        r#"{"msg": {"user": "al", "list": [3, 1, 1, null], "n": 1.0, "o": {"b": 1, "a": 2}}}"#;
    for (text, expected) in [
        (".msg.user", r#""al""#),
        (".msg.missing.deeper // \"none\"", r#""none""#),
        (".msg.list | unique", "[null,1,3]"),
        (".msg.list | map(select(.)) | add", "5"),
        (".msg.list[1:] | length", "3"),
        (".msg.list[-1]", "null"),
        (".msg.o | to_entries | map(\"\\(.key)=\\(.value)\") | join(\", \")", r#""a=2, b=1""#),
        (".msg.o + {c: 3} | keys", r#"["a","b","c"]"#),
        ("{(.msg.user): 1, \"z\": [.msg.list[] | . // 0]}", r#"{"al":1,"z":[3,1,1,0]}"#),
        (".msg.user | test(\"^A\"; \"i\")", "true"),
        (".msg.user | sub(\"(?<c>l)\"; \"<\\(.c)>\")", r#""a<l>""#),
        ("\"a-b-c\" | split(\"-\") | last", r#""c""#),
        ("\"a-1-2\" | nvr_name", r#""a""#),
        ("\"a b&c\" | @uri", r#""a%20b%26c""#),
        (".msg | .user = 1 | .user", "1"),
        (".msg | .list |= map(. // 9) | .list", "[3,1,1,9]"),
        (".msg | del(.list, .o) | keys", r#"["n","user"]"#),
        ("[.msg.list | .[] as $a | $a] | length", "4"),
        ("reduce .msg.list[] as $n (0; . + ($n // 0))", "5"),
        ("def twice(f): f | f; 3 | twice(. * 2)", "12"),
        ("[limit(2; .msg.list[])]", "[3,1]"),
        ("$x", r#""x""#),
        ("1344352873 | todate", r#""2012-08-07T15:21:13Z""#),
        ("first_or_null(error(\"no\")) // 1", "1"),
        (".msg.n, 7 / 2, 8 / 2, -3 % 2", "1.0 3.5 4 -1"),
        (".msg.user | error", "! \"al\""),
        ("\"\\(.msg.o) \\(.msg.n)\"", r#""{\"a\":2,\"b\":1} 1.0""#),
        (".msg.user | ascii_upcase | ltrimstr(\"A\")", r#""L""#),
        (".msg.list | any(. == 3), all(. == 3)", "true false"),
        (".msg | has(\"user\"), has(\"x\")", "true false"),
        (".msg.list | index(1), rindex(1)", "1 2"),
        ("\"banana\" | index(\"an\"), rindex(\"an\"), indices(\"ana\")", "1 3 [1,3]"),
        ("[[1, [2]], 3] | flatten, flatten(1)", "[1,2,3] [1,[2],3]"),
        ("\"[1,{}]\" | fromjson", "[1,{}]"),
        ("[\"b\",\"a\"] | sort | series", r#""a and b""#),
        ("plural(2; \"build\")", r#""2 builds""#),
        ("[.msg.list[] | numbers] | min, max", "1 3"),
    ] {
        assert_eq!(run(text, message), expected, "{text}");
    }
}
