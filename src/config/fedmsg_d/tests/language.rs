//! What is understood of Python: each value is what Python computes.

use super::*;

/// The value of an expression, as TOML.
fn value(expression: &str) -> String {
    let reading = reading(&format!("import os, socket\nconfig = {{'v': {expression}}}"));
    assert_eq!(reading.unread, [], "{expression}");
    reading.config["v"].to_string()
}

#[track_caller]
fn all(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(value(expression), *expected, "{expression}");
    }
}

#[test]
fn literals() {
    all(&[
        ("0x1F + 0o17 + 0b11 + 1_000", "1049"),
        ("[1.5, .5, 1e3, -2.]", "[1.5, 0.5, 1000.0, -2.0]"),
        ("'a' \"b\" r'\\d' u'\\u00e9' '''c'''", "'ab\\déc'"),
        ("'\\x41\\n\\q'", "'''\nA\n\\q'''"),
        ("(1, 'a', True)", "[1, \"a\", true]"),
        ("{'b', 'a'}", "[\"a\", \"b\"]"),
        ("[]", "[]"),
        ("[*[1], 2, *(3,)]", "[1, 2, 3]"),
        ("[{1: 'a', **{'b': 2}}]", "[{ 1 = \"a\", b = 2 }]"),
        ("[1,\n  # two\n  2\n]", "[1, 2]"),
    ]);
}

#[test]
fn operators() {
    all(&[
        ("[7 // 2, -7 // 2, -7 % 3, 7 % -3, 7 / 2]", "[3, -4, 2, -2, 3.5]"),
        ("[2 ** 10, -2 ** 2, 2 ** 3 ** 2, ~5]", "[1024, -4, 512, -6]"),
        ("[1 + 2 * 3, (1 + 2) * 3, 1 << 4 | 1, 6 & 3 ^ 1]", "[7, 9, 17, 3]"),
        ("[1 + 1.5, True + 1, 1 - 2 - 3]", "[2.5, 2, -4]"),
        ("['a' + 'b', 'ab' * 2, 2 * 'c']", "[\"ab\", \"abab\", \"cc\"]"),
        ("[1] + [2] * 2", "[1, 2, 2]"),
        ("[1 < 2 < 3, 1 < 3 < 2, 1 == 1.0 == True, 'a' < 'b']", "[true, false, true, true]"),
        ("[not 1, not '' and 1, 0 or 'x', 1 and 0, [] or 5]", "[false, 1, \"x\", 0, 5]"),
        ("['b' in 'abc', 2 in [1], 'k' in {'k': 1}, 1 not in (2,)]", "[true, false, true, true]"),
        ("[None is None, True is not None, [1] == [1.0]]", "[true, true, true]"),
        ("[1 if '' else 2, 3 if 1 else x]", "[2, 3]"),
        ("[(1, 2) < (1, 3), [2] > [1, 9], {1} | {2}]", "[true, true, [1, 2]]"),
        ("'SITE' in os.environ", "true"),
    ]);
}

#[test]
fn texts() {
    all(&[
        ("'%s-%02i-%5.1f-%x-%r' % ('a', 7, 2.25, 255, 'b')", "\"a-07-  2.2-ff-'b'\""),
        ("'%(h)s:%(p)d%%' % {'h': 'x', 'p': 1}", "\"x:1%\""),
        ("'%s' % 1.0 + '%-4s|%4s' % ('a', None)", "\"1.0a   |None\""),
        ("'{}/{}'.format(1, 'a') + '{1}{0}{k:>3}'.format('x', 'y', k=5)", "\"1/ayx  5\""),
        (
            "'{:05.1f}|{:<3}|{:^5}|{:+d}|{{}}'.format(2.25, 'a', 'b', 3)",
            "\"002.2|a  |  b  |+3|{}\"",
        ),
        ("f'{socket.gethostname()}:{1 + 1:03d}{{}}{\"q\"!r}'", "\"app01.example.org:002{}'q'\""),
        ("'.'.join(['a', 'b'])", "\"a.b\""),
        (
            "['a.b.c'.split('.'), 'a.b.c'.split('.', 1), ' a  b '.split(), 'a.b.c'.rsplit('.', 1)]",
            "[[\"a\", \"b\", \"c\"], [\"a\", \"b.c\"], [\"a\", \"b\"], [\"a.b\", \"c\"]]",
        ),
        (
            "[' a '.strip(), 'xay'.strip('xy'), 'aab'.lstrip('a'), 'b  '.rstrip()]",
            "[\"a\", \"a\", \"b\", \"b\"]",
        ),
        ("['aXa'.replace('X', '-'), 'Ab'.lower(), 'Ab'.upper()]", "[\"a-a\", \"ab\", \"AB\"]"),
        (
            "['ab'.startswith('a'), 'ab'.endswith(('x', 'b')), 'ab'.isdigit()]",
            "[true, true, false]",
        ),
        (
            "['abc'[0], 'abc'[-1], 'abcd'[1:3], 'abc'[::-1], 'abc'[:-1]]",
            "[\"a\", \"c\", \"bc\", \"cba\", \"ab\"]",
        ),
        (
            "['aab'.count('a'), 'ab'.find('b'), 'ab'.find('x'), 'a-b'.partition('-')]",
            "[2, 1, -1, [\"a\", \"-\", \"b\"]]",
        ),
        (
            "[str(1e16), str(1e-5), str(0.1), str(True), repr('a')]",
            "[\"1e+16\", \"1e-05\", \"0.1\", \"True\", \"'a'\"]",
        ),
    ]);
}

#[test]
fn functions() {
    all(&[
        (
            "[len('é'), len([1]), len({}), int('12'), int(2.9), float('1.5'), bool([])]",
            "[1, 1, 0, 12, 2, 1.5, false]",
        ),
        (
            "[list('ab'), tuple([1]), list(range(2, 8, 3)), list(range(3, 0, -1))]",
            "[[\"a\", \"b\"], [1], [2, 5], [3, 2, 1]]",
        ),
        (
            "[sorted([2, 1, 3]), sorted('ba', reverse=True), min(2, 1), max([1, 3])]",
            "[[1, 2, 3], [\"b\", \"a\"], 1, 3]",
        ),
        (
            "[list(zip('ab', [1, 2])), list(enumerate('a')), sum([1, 2]), sum([[1], [2]], [])]",
            "[[[\"a\", 1], [\"b\", 2]], [[0, \"a\"]], 3, [1, 2]]",
        ),
        (
            "[any([0, 1]), all([0, 1]), abs(-2), list(reversed([1, 2])), list({'k': 1})]",
            "[true, false, 2, [2, 1], [\"k\"]]",
        ),
        (
            "[dict(a=1, **{'b': 2}), dict([('c', 3)]), dict(zip('d', [4]), e=5)]",
            "[{ a = 1, b = 2 }, { c = 3 }, { d = 4, e = 5 }]",
        ),
        (
            "[socket.gethostname().split('.')[0], socket.getfqdn()]",
            "[\"app01\", \"app01.dc.example.org\"]",
        ),
        (
            "[os.environ['SITE'], os.environ.get('X', 'y'), os.getenv('SITE')]",
            "[\"stg\", \"y\", \"stg\"]",
        ),
        (
            "[os.path.join('/a', 'b/', 'c'), os.path.join('a', '/b'), os.path.expanduser('~/x')]",
            "[\"/a/b/c\", \"/b\", \"/home/fed/x\"]",
        ),
        (
            "[os.path.dirname('/a/b'), os.path.basename('/a/b'), os.path.abspath('/a/../b/./c')]",
            "[\"/a\", \"b\", \"/b/c\"]",
        ),
        (
            "[os.path.sep.join(['a', 'b']), {'a': 1}.get('a'), {'a': 1}.get('b', 2)]",
            "[\"a/b\", 1, 2]",
        ),
    ]);
}

#[test]
fn comprehensions() {
    all(&[
        ("['tcp://x:30%02i' % i for i in range(2)]", "[\"tcp://x:3000\", \"tcp://x:3001\"]"),
        ("[(a, b) for a in 'xy' for b in range(3) if b if a == 'x']", "[[\"x\", 1], [\"x\", 2]]"),
        ("[{k: v * 2 for k, v in [('a', 1), ('b', 2)]}]", "[{ a = 2, b = 4 }]"),
        ("sorted({len(w) for w in ['a', 'b', 'cc']})", "[1, 2]"),
        ("','.join(str(i) for i in range(3))", "\"0,1,2\""),
        ("[[j for j in range(i)] for i in range(3)]", "[[], [0], [0, 1]]"),
        ("[a + c for a, (b, c) in [(1, (2, 3))]]", "[4]"),
    ]);
}

#[test]
fn statements() {
    for (source, expected) in [
        ("config = {}\nconfig['a'] = {}\nconfig['a']['b'] = 1", "[a]\nb = 1\n"),
        ("config = dict(a=[1])\nconfig['a'] += [2]\nconfig['a'].append(3)", "a = [1, 2, 3]\n"),
        ("config = {}; config.update(a=1); config.update({'b': 2}, c=3)", "a = 1\nb = 2\nc = 3\n"),
        ("a, (b, *c) = 1, (2, 3, 4)\nconfig = dict(a=a, b=b, c=c)", "a = 1\nb = 2\nc = [3, 4]\n"),
        ("a = b = [1]\nb.extend([2])\nconfig = {'a': a}", "a = [1, 2]\n"),
        ("x: int = 3\nx *= 2\nx -= 1\nconfig = {'a': x}", "a = 5\n"),
        ("'''doc'''\nconfig = {'a': 1}  # why\npass", "a = 1\n"),
        ("config = \\\n  {'a': 1,\n'b': None}", "a = 1\n"),
        ("config = {'a': 1, 'b': 2}\ndel config['a']", "b = 2\n"),
        (
            "from os.path import join as j, sep\nimport os.path as p\nconfig = {'a': j('a', 'b'), 'b': p.basename(sep + 'x')}",
            "a = \"a/b\"\nb = \"x\"\n",
        ),
        (
            "from socket import (\n gethostname,\n)\nconfig = {gethostname(): 1}",
            "\"app01.example.org\" = 1\n",
        ),
        (
            "config = {'e': {}}\nfor h in ['a', 'b']:\n  for i in range(2):\n    config['e'].setdefault(h, []).append(i)",
            "[e]\na = [0, 1]\nb = [0, 1]\n",
        ),
        (
            "l = []\nfor i in range(9):\n  if i == 1:\n    continue\n  elif i == 4: break\n  l.append(i)\nelse:\n  l = 0\nconfig = {'l': l}",
            "l = [0, 2, 3]\n",
        ),
        ("if False:\n  x = 1\nelse:\n  x = 2\nconfig = {'x': x}", "x = 2\n"),
        ("def f(a, b={}):\n  if a:\n    return b\n\nunused = f\nconfig = {'a': 1}", "a = 1\n"),
        ("import os\nhere = os.getcwd()\nconfig = {'a': 1}", "a = 1\n"),
        ("config = {'a': 1}\nprint(config)\nassert config", "a = 1\n"),
        ("d = {'a': 1}\nd.setdefault('b', 2)\nd.pop('a')\nconfig = d.copy()", "b = 2\n"),
        (
            "l = [3, 1]\nl.sort()\nl.insert(0, 9)\nl.remove(3)\nl.reverse()\nl[0] = 5\nconfig = {'l': l}",
            "l = [5, 9]\n",
        ),
        ("s = {1}\ns.add(3)\ns |= {2}\nconfig = {'s': s}", "s = [1, 2, 3]\n"),
    ] {
        assert_eq!(toml(source), expected, "{source}");
    }
}
