//! Source in; TOML and unread lines out.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

mod language;
mod unread;

fn host() -> Host {
    Host {
        hostname: "app01.example.org".into(),
        fqdn: Some("app01.dc.example.org".into()),
        home: Some("/home/fed".into()),
        env: Some([("SITE".to_owned(), "stg".to_owned())].into()),
    }
}

fn reading(source: &str) -> Reading {
    let mut reading = Reading::default();
    add(&mut reading, Path::new("x.py"), source, &host());
    reading
}

/// What could not be read, a line each: `line key: reason`.
fn unread(source: &str) -> Vec<String> {
    let lines = reading(source).unread.into_iter();
    lines.map(|u| format!("{} {}: {}", u.line, u.key.unwrap_or_default(), u.reason)).collect()
}

/// The TOML of a source that must be readable as a whole.
fn toml(source: &str) -> String {
    let reading = reading(source);
    assert_eq!(reading.unread, [], "{source}");
    reading.config.to_string()
}

#[test]
fn files_are_merged_and_keep_their_origins() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let base = write(
        "a.py",
        "config = dict(\n  environment='dev',\n  crl=1,\n  ssldir='/etc',\n  endpoints={\n    'a': [1, 2], 'b': [3],\n    'gone': [4]})",
    );
    let site = write(
        "b.py",
        "import x\nconfig = {'environment': 'prod', 'crl': None, 'ssldir': x.y(),\n 'endpoints': {'a': [9], 'c': [5], 'gone': x.z}}",
    );
    let reading = read(&[base.clone(), site.clone()], &host()).unwrap();
    assert_eq!(
        reading.config.to_string(),
        "environment = \"prod\"\n\n[endpoints]\na = [9]\nb = [3]\nc = [5]\n"
    );
    let origins: Vec<_> =
        reading.origins.iter().map(|(key, o)| (&**key, &*o.file, o.line)).collect();
    assert_eq!(origins, [("endpoints", &*site, 3), ("environment", &*site, 2)]);
    let unread: Vec<_> =
        reading.unread.iter().map(|u| (&*u.file, u.line, u.key.as_deref())).collect();
    assert_eq!(unread, [(&*site, 2, Some("ssldir")), (&*site, 3, Some("endpoints"))]);
    assert_eq!(reading.unread[1].text, "'endpoints': {'a': [9], 'c': [5], 'gone': x.z}}");
}

#[test]
fn what_is_replaced_need_not_be_read() {
    let mut reading = Reading::default();
    let source = "config = {'a': u, 'b': u, 'c': {'d': u}, 'e': u}";
    add(&mut reading, Path::new("a.py"), source, &host());
    let source = "config = {'a': 1, 'b': None, 'c': {'f': 1}}";
    add(&mut reading, Path::new("b.py"), source, &host());
    let keys: Vec<_> = reading.unread.iter().map(|unread| unread.key.as_deref()).collect();
    assert_eq!(keys, [Some("b"), Some("c"), Some("e")]);
}

#[test]
fn what_the_host_does_not_say_is_not_guessed() {
    let source = "import os, socket\nconfig = {\n'a': socket.gethostname(),\n'b': socket.getfqdn(),\n'c': os.environ.get('X', 1),\n'd': os.path.expanduser('~')}";
    let mut reading = Reading::default();
    add(&mut reading, Path::new("a.py"), source, &Host::default());
    assert!(reading.config.is_empty(), "{}", reading.config);
    assert_eq!(reading.unread.len(), 4);
}

#[test]
fn names_of_one_file_mean_nothing_in_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.py"), folder.path().join("b.py"));
    fs::write(&a, "suffix = 'x'\nconfig = {}").unwrap();
    fs::write(&b, "config = {'k': suffix}").unwrap();
    let reading = read(&[a, b], &host()).unwrap();
    assert_eq!(reading.unread[0].reason, "`suffix` is not defined");
}

#[test]
fn files_that_cannot_be_read_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.py");
    let error = read(&[missing], &host()).unwrap_err();
    assert_eq!(error.kind(), Kind::NoInput);
    assert!(error.to_string().contains("missing.py"));

    let latin = folder.path().join("latin.py");
    fs::write(&latin, b"config = {'a': '\xe9'}").unwrap();
    let error = read(&[latin], &host()).unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    assert!(error.to_string().ends_with("latin.py is not UTF-8"), "{error}");

    let large = folder.path().join("large.py");
    fs::write(&large, vec![b'#'; MAX_FILE as usize + 1]).unwrap();
    assert_eq!(read(&[large], &host()).unwrap_err().kind(), Kind::Config);
}

#[test]
fn where_the_files_are() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let home = root.join("home");
    for file in [
        "etc/fedmsg.d/b.py",
        "etc/fedmsg.d/a.py",
        "etc/fedmsg.d/a.py.rpmsave",
        "etc/fedmsg.d/README",
        "etc/fedmsg-config.py",
        "home/.fedmsg.d/c.py",
        "home/.fedmsg-config.py",
        "own/z.py",
    ] {
        fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
        fs::write(root.join(file), "").unwrap();
    }
    fs::create_dir(root.join("etc/fedmsg.d/folder.py")).unwrap();
    let found = |config: Option<&str>, home: Option<&Path>| -> Vec<String> {
        let config =
            config.map(|name| if name.is_empty() { PathBuf::new() } else { root.join(name) });
        let files = sources_below(root, config.as_deref(), home).unwrap();
        files.iter().map(|file| file.strip_prefix(root).unwrap().display().to_string()).collect()
    };
    let system = ["etc/fedmsg.d/a.py", "etc/fedmsg.d/b.py", "etc/fedmsg-config.py"];
    assert_eq!(found(None, None), system);
    assert_eq!(found(Some(""), None), system);
    assert_eq!(
        found(None, Some(&home)),
        [system[0], system[1], "home/.fedmsg.d/c.py", system[2], "home/.fedmsg-config.py"]
    );
    assert_eq!(found(Some("own"), Some(&home)), ["own/z.py"]);
    assert_eq!(found(Some("own/z.py"), Some(&home)), ["own/z.py"]);
    assert_eq!(found(Some("nothing"), Some(&home)), ["nothing"]);
}

/// Runs on a stack as small as that of any thread here.
fn with_little_stack(source: String) -> Vec<Unread> {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(move || reading(&source).unread).unwrap().join().unwrap()
}

#[test]
fn nesting_is_bounded() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("config = {{'a': {}1{}, 'b': 2}}", open.repeat(depth), close.repeat(depth))
    };
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{1: ", "}"),
        ("dict(a=", ")"),
        ("[x for x in [", "]]"),
        ("{**{}, 1: [i for i in (0 or 1 and 2 == 3 | 4 ^ 5 & 6 << 7 + 8 * -len([", "]))]}"),
        ("1 if 1 else ", ""),
        ("1 ** ", ""),
        ("lambda: ", ""),
        ("f(x)(y)[", "]"),
    ] {
        for depth in [10, 40, 90, 100, 101, 50_000] {
            let unread = with_little_stack(nested(open, close, depth));
            assert!(depth < 10_000 || !unread.is_empty(), "{open}");
        }
    }
    for open in ["-", "not ", "+ -", "a.", "f()", "a[0]"] {
        with_little_stack(format!("config = {{'a': {}1}}", open.repeat(100_000)));
    }
    let blocks: String = (0..200).map(|depth| format!("{}if 1:\n", " ".repeat(depth))).collect();
    let unread = with_little_stack(blocks + &" ".repeat(200) + "config = {}\n");
    assert!(unread.iter().any(|unread| unread.reason == "nested too deeply"));
}

#[test]
fn long_chains_are_not_deep() {
    let sum = vec!["1"; 5_000].join(" + ");
    assert_eq!(toml(&format!("config = {{'a': {sum}}}")), "a = 5000\n");
    let branches: String = (0..2_000).map(|_| "elif 0:\n  pass\n").collect();
    assert_eq!(toml(&format!("if 0:\n  pass\n{branches}config = {{'a': 1}}")), "a = 1\n");
}

#[test]
fn values_may_hold_themselves() {
    assert_eq!(
        unread("a = []\na.append(a)\nb = {}\nb['b'] = b\nconfig = {'a': a, 'b': b, 'c': a == [a]}"),
        [
            "4 b: values nested too deeply",
            "5 a: values nested too deeply",
            "5 c: values nested too deeply"
        ]
    );
    // Dropping this must not recurse either.
    with_little_stack("a = []\nfor i in range(50000):\n  a = [a]\nconfig = {'a': a}".into());
}

#[test]
fn work_is_bounded() {
    let nines = "range(999)";
    for hostile in [
        "x = range(10 ** 12)".to_owned(),
        "x = 'a' * 10 ** 12".to_owned(),
        "x = [0] * 10 ** 12".to_owned(),
        "x = 'a'\nfor i in range(99): x = x + x".to_owned(),
        "x = [1]\nfor i in range(99): x += x".to_owned(),
        "x = []\nfor i in range(50): x = [x, x]\nconfig['x'] = x".to_owned(),
        "x = '%1000000000000d' % 1".to_owned(),
        "x = '{:1000000000000}'.format(1)".to_owned(),
        "x = ('a' * 10 ** 6).replace('a', 'b' * 10 ** 6)".to_owned(),
        format!("x = [i for i in {nines} for j in {nines} for k in {nines}]"),
        format!(
            "for i in {nines}:\n for j in {nines}:\n  for k in {nines}:\n   config[i, j, k] = 1"
        ),
        format!("s = 'a' * 1000000\nfor i in {nines}:\n for j in {nines}:\n  x = s == s + 'b'"),
        format!(
            "s = 'a' * 1000000\nd = {{s: 1}}\nfor i in {nines}:\n for j in {nines}:\n  x = d[s]"
        ),
        format!("d = {{i: i for i in range(50000)}}\nfor i in {nines}:\n d.update(unknown)"),
    ] {
        let source = format!("config = {{'a': 1}}\n{hostile}\nconfig['b'] = x");
        let start = std::time::Instant::now();
        let reading = reading(&source);
        assert!(start.elapsed().as_secs() < 20, "{hostile}");
        assert_eq!(reading.config.to_string(), "", "{hostile}");
        assert_eq!(reading.unread.len(), 1, "{hostile}");
        assert!(reading.unread[0].reason.starts_with("the file needs more work"), "{hostile}");
    }
}

/// Words that make up such files, so that random sequences of them often mean something.
const WORDS: &[&str] = &[
    "config",
    "x",
    "import",
    "os",
    "socket",
    "from",
    "as",
    "if",
    "elif",
    "else",
    ":",
    "for",
    "in",
    "while",
    "try",
    "except",
    "with",
    "def",
    "class",
    "lambda",
    "return",
    "not",
    "and",
    "or",
    "is",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "=",
    "+=",
    "==",
    "+",
    "-",
    "*",
    "**",
    "/",
    "//",
    "%",
    "<<",
    "1",
    "0",
    "9999999999999999999",
    "1.5",
    "1e308",
    "'a'",
    "\"%s\"",
    "f'{x!r:>{x}}'",
    "f'{'",
    "b'x'",
    "'''",
    "\\",
    "\n",
    "\n  ",
    "\n    ",
    "\n\t",
    ";",
    "#",
    "@",
    "$",
    "é",
    "\0",
    "dict",
    "list",
    "range",
    "len",
    "sorted",
    "append",
    "update",
    "format",
    "join",
    "split",
    "pop",
    "None",
    "True",
    "config = {'a': 1}",
    "config['a']",
    "x = [1, 2]",
    "x = {}",
    "for x in [1, 2]:",
    "%(a)5.3d",
    "{:^5}",
    "del",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        reading(&text);
    }

    #[test]
    fn no_words_make_it_panic(words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
        let source = words.join(" ");
        let lines = source.lines().count().max(1);
        for unread in reading(&source).unread {
            prop_assert!((1..=lines).contains(&unread.line), "{:?} in {:?}", unread, source);
        }
    }
}
