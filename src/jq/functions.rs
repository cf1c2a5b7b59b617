//! Which functions an expression may call, and those of our own.

mod names;
mod regex;
mod text;
mod time;

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use jaq_core::load::parse::Def;
use jaq_core::native::Fun;

use super::{Data, check};

/// What expressions may call, as `name/number of arguments`.
///
/// Left out on purpose: whatever recurses over values or without end (`..`, `recurse`, `walk`,
/// `paths`, `repeat`, `while`, `until`, `combinations`), sees more than the message (`env`, `input`,
/// `now`, `localtime`, the C library's way with times), does more than compute (`halt`, `debug`, `stderr`), or builds values by
/// paths (`path`, `setpath`, `delpaths`, `pick`): jaq recurses for each step.
const ALLOWED: &str = "
    not/0 select/1 empty/0 error/0 error/1 true/0 false/0 null/0 isempty/1
    isboolean/0 isnumber/0 isstring/0 isarray/0 isobject/0 type/0
    values/0 nulls/0 booleans/0 numbers/0 strings/0 arrays/0 objects/0 iterables/0 scalars/0
    length/0 utf8bytelength/0 keys/0 keys_unsorted/0 has/1 in/1 contains/1 inside/1 getpath/1
    map/1 map_values/1 del/1 first/0 last/0 nth/1 first/1 last/1 nth/2 limit/2 skip/2
    range/1 range/2 range/3 reverse/0 sort/0 sort_by/1 group_by/1 min/0 max/0 min_by/1 max_by/1
    unique/0 unique_by/1 flatten/0 flatten/1 add/0 add/1 any/0 any/1 any/2 all/0 all/1 all/2
    to_entries/0 from_entries/0 with_entries/1 indices/1 index/1 rindex/1
    tostring/0 tonumber/0 toboolean/0 tojson/0 fromjson/0 explode/0 implode/0 join/1
    ascii_downcase/0 ascii_upcase/0 startswith/1 endswith/1 ltrimstr/1 rtrimstr/1
    trim/0 ltrim/0 rtrim/0 split/1 split/2 splits/1 splits/2
    test/1 test/2 match/1 match/2 capture/1 capture/2 scan/1 scan/2 sub/2 sub/3 gsub/2 gsub/3
    @text/0 @json/0 @html/0 @uri/0 @urid/0 @base64/0 @base64d/0 @sh/0
    floor/0 ceil/0 round/0 trunc/0 abs/0 fabs/0 sqrt/0 pow/2 log/0 log2/0 log10/0 exp/0
    todate/0 fromdate/0 todateiso8601/0 fromdateiso8601/0 strftime/1
    first_or_null/1 first_as_list/1 nvr_name/0 account/0 avatar/0 avatar_email/0 series/0 plural/2 sha256/0 md5/0
";

/// What the definitions behind these need beside them.
const INTERNAL: &str = "
    error_empty/0 key_values/0 min_by_or_empty/1 max_by_or_empty/1 escape_sh/0 escape_html/0
    encode_uri/0 decode_uri/0 encode_base64/0 decode_base64/0
    matches/2 split_matches/2 split_/2 scan_/2 capture_of_match/0
";

/// Definitions in jq that jaq has not or has otherwise.
const DEFINITIONS: &str = r#"
def in(xs): . as $x | xs | has($x);
def inside(xs): . as $x | xs | contains($x);
def @json: tojson;
"#;

/// A function's name and its number of arguments.
pub(super) type Signature<'a> = (&'a str, usize);

fn listed(list: &'static str) -> impl Iterator<Item = Signature<'static>> {
    list.split_whitespace().filter_map(|word| {
        let (name, arity) = word.split_once('/')?;
        Some((name, arity.parse().ok()?))
    })
}

/// What expressions may call.
pub(super) fn allowed() -> impl Iterator<Item = Signature<'static>> {
    listed(ALLOWED)
}

/// A definition in jq, and what it calls.
struct Defined {
    def: Def<&'static str>,
    calls: Vec<(String, usize)>,
}

/// The definitions that may be used: jaq's and ours, where there is no function in Rust.
static DEFINED: LazyLock<HashMap<Signature<'static>, Defined>> = LazyLock::new(|| {
    let own: BTreeSet<_> = own().map(|(name, args, _)| (name, args.len())).collect();
    let jaq = jaq_core::defs().chain(jaq_std::defs());
    let ours = jaq_core::load::parse(DEFINITIONS, |parser| parser.defs()).unwrap_or_default();
    let known = known();
    let definitions = jaq.chain(ours).map(|def| {
        let calls = check::calls(&def);
        ((def.name, def.args.len()), Defined { def, calls })
    });
    definitions.filter(|(name, _)| known.contains(name) && !own.contains(name)).collect()
});

fn known() -> BTreeSet<Signature<'static>> {
    listed(ALLOWED).chain(listed(INTERNAL)).collect()
}

fn own() -> impl Iterator<Item = Fun<Data>> {
    text::natives().chain(names::natives()).chain(regex::natives()).chain(time::natives())
}

/// What a program is compiled with.
pub(super) struct Library {
    /// Each behind those that it calls.
    pub(super) definitions: Vec<Def<&'static str>>,
    pub(super) natives: Vec<Fun<Data>>,
}

/// The functions that are `needed`, and those that these need.
pub(super) fn library(needed: BTreeSet<(String, usize)>) -> Library {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, arity) in needed {
        visit(&name, arity, &mut seen, &mut order);
    }
    // jaq's functions in Rust, as far as they are known to be harmless, and ours before them.
    let known = known();
    let mut natives: Vec<_> = own().collect();
    let ours: BTreeSet<_> = natives.iter().map(|(name, args, _)| (*name, args.len())).collect();
    let jaq = jaq_core::funs().chain(jaq_std::funs());
    natives.extend(jaq.filter(|(name, args, _)| {
        let signature = (*name, args.len());
        known.contains(&signature) && !ours.contains(&signature)
    }));
    natives.retain(|(name, args, _)| seen.contains(&((*name).to_owned(), args.len())));
    Library { definitions: order, natives }
}

fn visit(
    name: &str,
    arity: usize,
    seen: &mut BTreeSet<(String, usize)>,
    order: &mut Vec<Def<&'static str>>,
) {
    if !seen.insert((name.to_owned(), arity)) {
        return;
    }
    if let Some(defined) = DEFINED.get(&(name, arity)) {
        for (name, arity) in &defined.calls {
            visit(name, *arity, seen, order);
        }
        order.push(defined.def.clone());
    }
}
