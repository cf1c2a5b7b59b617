//! What is not understood: it is reported where it is, and what does not depend on it comes out.

use super::*;

/// Source, the TOML that remains, and what is unread.
#[track_caller]
fn case(source: &str, toml: &str, lines: &[&str]) {
    assert_eq!(unread(source), lines, "{source}");
    assert_eq!(reading(source).config.to_string(), toml, "{source}");
}

#[test]
fn an_unknown_value_costs_its_own_key() {
    case(
        "import os\nhere = os.getcwd()\nconfig = {\n 'a': 1,\n 'b': here + '/x',\n 'c': {'d': os.getcwd(), 'e': 2}}",
        "a = 1\n\n[c]\ne = 2\n",
        &[
            "5 b: `here` is not known: `os.getcwd()` is not run (line 2)",
            "6 c: `os.getcwd()` is not run",
        ],
    );
    case("config = {'a': [1, u], 'b': 2}", "b = 2\n", &["1 a: `u` is not defined"]);
    case("config = dict(a=u, b=len([u]))", "b = 1\n", &["1 a: `u` is not defined"]);
    case("config = {'a': [{'b': u, 'c': 1}]}", "[[a]]\nc = 1\n", &["1 a: `u` is not defined"]);
    case("x = [u, 2]\nconfig = {'a': x[1], 'b': x[0]}", "a = 2\n", &["1 b: `u` is not defined"]);
}

#[test]
fn what_has_no_place_in_toml() {
    case(
        "import os\nconfig = {'a': 2 ** 63, 'b': [None], 'c': os, 'd': len, (1, 2): 3, 'e': 2 ** 62, 4: 5,\n'f': b'x', 'g': lambda: 1}",
        "e = 4611686018427387904\n4 = 5\n",
        &[
            "2 : a tuple as a key",
            "2 a: an int too large for TOML",
            "2 b: TOML has no None in lists",
            "2 c: `os` is not run",
            "2 d: `builtins.len` is not run",
            "3 f: a bytes literal is not supported",
            "3 g: a function",
        ],
    );
}

#[test]
fn the_file_must_define_a_dict() {
    case("x = 1", "", &["1 : the file defines no `config`"]);
    case("\nconfig = [1]", "", &["2 : `config` is a list, not a dict"]);
    case("\nconfig = f()", "", &["2 : `f` is not defined"]);
    case("from other import config", "", &["1 : `config` is a function or module, not a dict"]);
}

#[test]
fn errors_of_the_program() {
    for (value, reason) in [
        ("1 / 0", "division by zero"),
        ("{}['x']", "there is no key \"x\""),
        ("[1][1]", "there is no item 1"),
        ("'a' + 1", "this operator between a str and a int"),
        ("'%s %s' % 'a'", "too few values for `%`"),
        ("'{} {}'.format(1)", "this field of a format"),
        ("sorted([1, 'a'])", "a str and a int have no order"),
        ("10 ** 50", "an int this large"),
        ("0777", "0777: Python 3 has no numbers that begin with 0 is not supported"),
    ] {
        let source = format!("config = {{'a': {value}, 'b': 1}}");
        case(&source, "b = 1\n", &[&format!("1 a: {reason}")]);
    }
}

#[test]
fn statements_that_are_not_understood() {
    case(
        "config = {'a': 1}\nx = 5\nclass A:\n  x = 1\n\nconfig['b'] = x\nconfig['c'] = 2",
        "a = 1\nc = 2\n",
        &[
            "3 : `class` is not supported",
            "6 b: `x` is not known: `class` is not supported (line 3)",
        ],
    );
    case("config = {'a': 1}\nfoo.bar(1)", "a = 1\n", &["2 : `foo` is not defined"]);
    case(
        "config = {'a': 1}\n$ %\nconfig['b'] = 2",
        "a = 1\nb = 2\n",
        &["2 : expected a value, found the end of the line"],
    );
    case(
        "config = {'a': 1}\nprint 'x'",
        "a = 1\n",
        &["2 : expected the end of the line, found a string"],
    );
    // Where it ends nobody knows, and it may be about `config`.
    case("config = {'a': 1}\nx = (config\ny = 2\n", "", &["2 : expected ), found `y`"]);
    case(
        "config = {'a': 1}\nfrom x import *",
        "a = 1\n",
        &["2 : what `from x import *` brings is not known"],
    );
    case("config = {'a': 1}\nraise X", "a = 1\n", &["2 : `raise` is not supported"]);
}

#[test]
fn what_may_not_run_is_not_known() {
    case(
        "config = {'a': 1, 'b': 2}\ntry:\n  import psutil\n  config['c'] = 'ipc' % psutil.x\n  config['a'] = 5\nexcept (ImportError, OSError) as e:\n  pass\nconfig['d'] = 4",
        "b = 2\nd = 4\n",
        &["4 c: it depends on the `try` of line 2", "5 a: it depends on the `try` of line 2"],
    );
    case(
        "x = 1\nif u:\n  x = 2\nelse:\n  y = 3\nconfig = {\n 'x': x,\n 'z': 1}",
        "z = 1\n",
        &[
            "7 x: `x` is not known: it depends on the condition of line 2: `u` is not defined (line 3)",
        ],
    );
    case(
        "config = {'l': [], 'm': 1}\nfor h in u:\n  config['l'].append(h)\n  config['m'] = 2",
        "",
        &[
            "3 l: it depends on the loop of line 2: `u` is not defined",
            "4 m: it depends on the loop of line 2: `u` is not defined",
        ],
    );
    // After a `break` that may happen, the rest of the loop may not.
    case(
        "l = []\nfor i in range(3):\n  if u: break\n  l.append(i)\nconfig = {'l': l, 'i': 1}",
        "i = 1\n",
        &["4 l: it depends on the condition of line 3: `u` is not defined"],
    );
    case(
        "config = {'a': 1}\nwhile u:\n  config['a'] += 1",
        "",
        &["3 a: it depends on the `while` of line 2"],
    );
}

#[test]
fn what_may_have_been_changed_is_not_known() {
    case(
        "config = {'a': 1}\nconfig.update(u())\nconfig['b'] = 2",
        "b = 2\n",
        &["2 : `u` is not defined", "2 a: `u` is not defined"],
    );
    case(
        "config = {'a': 1, **u, 'b': 2}",
        "b = 2\n",
        &["1 : `u` is not defined", "1 a: `u` is not defined"],
    );
    case("l = [1]\nx = u(l)\nconfig = {'a': l}", "", &["2 a: `u` is not defined"]);
    case(
        "l = [1]\nl.sort(key=len)\nconfig = {'a': l, 'b': 1}",
        "b = 1\n",
        &["2 : this use of `sort()`", "2 a: this use of `sort()`"],
    );
    case(
        "config = {'a': 1}\nother = {'b': [1]}\ndef f():\n  config['a'] = 2\nx = f()\nconfig['c'] = other",
        "[c]\nb = [1]\n",
        &[
            "5 : `f` is a function of the file, which is not run",
            "5 a: `f` is a function of the file, which is not run",
        ],
    );
    // A key that is not known is an entry that is missing.
    case(
        "config = {'a': 1}\nconfig['x' + u] = 2\nconfig['b'] = config.get('c', 3)",
        "a = 1\n",
        &["2 : `u` is not defined", "2 b: `u` is not defined"],
    );
}
