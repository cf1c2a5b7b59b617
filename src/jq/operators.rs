//! What jaq does with values: paths, operators, and the conversions of its own functions.

use std::ops::{Add, Div, Mul, Neg, Range, Rem, Sub};
use std::rc::Rc;

use jaq_core::box_iter::BoxIter;
use jaq_core::path::Opt;
use jaq_core::{Exn, ValR, ValX, ops::Math};

use super::budget;
use super::value::{Obj, Val, above};

type Error = jaq_core::Error<Val>;
type Result<T, E = Error> = std::result::Result<T, E>;

impl jaq_core::ValT for Val {
    fn from_num(digits: &str) -> ValR<Self> {
        let number = digits.parse().map(Val::Int).or_else(|_| digits.parse().map(Val::Float));
        number.map_err(|_| Error::str(format_args!("{digits} is no number")))
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(members: I) -> ValR<Self> {
        let members = members.into_iter().map(|(key, value)| match key {
            Val::Str(key) => Ok((key, value)),
            other => Err(Error::typ(other, "string as key of an object")),
        });
        Ok(Val::object(members.collect::<Result<_>>()?))
    }

    fn key_values(self) -> BoxIter<'static, Result<(Self, Self)>> {
        match self {
            Val::Arr(array) => Box::new(
                unshared(array)
                    .items
                    .into_iter()
                    .enumerate()
                    .map(|(at, item)| Ok((at.into(), item))),
            ),
            Val::Obj(object) => Box::new(
                unshared(object).members.into_iter().map(|(key, value)| Ok((Val::Str(key), value))),
            ),
            other => Box::new(std::iter::once(Err(Error::typ(other, "array or object")))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR<Self>>> {
        match self {
            Val::Arr(array) => Box::new(unshared(array).items.into_iter().map(Ok)),
            Val::Obj(object) => {
                Box::new(unshared(object).members.into_iter().map(|(_, value)| Ok(value)))
            }
            other => Box::new(std::iter::once(Err(Error::typ(other, "array or object")))),
        }
    }

    fn index(self, index: &Self) -> ValR<Self> {
        Ok(self.get(index)?.unwrap_or(Val::Null))
    }

    fn range(self, range: Range<Option<&Self>>) -> ValR<Self> {
        match &self {
            Val::Null => Ok(Val::Null),
            Val::Arr(array) => {
                let (from, to) = bounds(&range, array.items.len())?;
                Ok(Val::array(array.items[from..to].to_vec()))
            }
            Val::Str(text) => {
                budget::work(text.len());
                let (from, to) = bounds(&range, text.chars().count())?;
                let at = |nth| text.char_indices().nth(nth).map_or(text.len(), |(at, _)| at);
                Ok(Val::string(&text[at(from)..at(to)]))
            }
            _ => Err(Error::typ(self, "array or string")),
        }
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        match self {
            Val::Arr(array) => {
                let items = unshared(array).items.into_iter().flat_map(f);
                Ok(Val::array(items.collect::<Result<_, _>>()?))
            }
            Val::Obj(object) => {
                let members = unshared(object).members.into_iter();
                let members = members.filter_map(|(key, value)| {
                    f(value).next().map(|value| Ok::<_, Exn<'a, Val>>((key, value?)))
                });
                Ok(Val::object(members.collect::<Result<_, _>>()?))
            }
            other => opt.fail(other, |v| Error::typ(v, "array or object").into()),
        }
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        index: &Self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        match (self, index) {
            (Val::Null, Val::Str(_)) => Val::object(Vec::new()).map_index(index, opt, f),
            (Val::Null, Val::Int(_)) => Val::array(Vec::new()).map_index(index, opt, f),
            (Val::Obj(mut object), Val::Str(key)) => {
                let target = Rc::make_mut(&mut object);
                let old = target.find(key);
                let value = match old {
                    Ok(at) => std::mem::replace(&mut target.members[at].1, Val::Null),
                    Err(_) => Val::Null,
                };
                match f(value).next().transpose()? {
                    Some(new) => target.insert(key.clone(), new),
                    None => drop(old.map(|at| target.members.remove(at))),
                }
                Ok(Val::Obj(object))
            }
            (Val::Arr(mut array), Val::Int(at)) => {
                let len = array.items.len();
                let at = usize::try_from(if *at < 0 { at + len as i64 } else { *at });
                let Some(at) = at.ok().filter(|&at| at <= len) else {
                    return opt.fail(Val::Arr(array), |_| {
                        Error::str(format_args!("index {index} is outside of the array")).into()
                    });
                };
                let target = Rc::make_mut(&mut array);
                if at == len {
                    target.items.push(Val::Null);
                }
                let old = std::mem::replace(&mut target.items[at], Val::Null);
                match f(old).next().transpose()? {
                    Some(new) => {
                        target.depth = target.depth.max(above([&new].into_iter()));
                        target.items[at] = new;
                    }
                    None => drop(target.items.remove(at)),
                }
                Ok(Val::Arr(array))
            }
            (other, _) => opt.fail(other, |v| Error::index(v, index.clone()).into()),
        }
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        range: Range<Option<&Self>>,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        let Val::Arr(array) = self else {
            return opt.fail(self, |v| Error::typ(v, "array").into());
        };
        let (from, to) = bounds(&range, array.items.len())?;
        let new = f(Val::array(array.items[from..to].to_vec())).next().transpose()?;
        let new = match new {
            Some(Val::Arr(new)) => unshared(new).items,
            None => Vec::new(),
            Some(other) => return Err(Error::typ(other, "array").into()),
        };
        let mut items = unshared(array).items;
        items.splice(from..to, new);
        Ok(Val::array(items))
    }

    fn as_bool(&self) -> bool {
        self.is_true()
    }

    fn into_string(self) -> Self {
        match self {
            Val::Str(_) => self,
            other => Val::string(&other.to_json()),
        }
    }
}

impl Val {
    /// What is at `index`, if there is such a thing.
    pub(super) fn get(&self, index: &Val) -> Result<Option<Val>> {
        match (self, index) {
            (Val::Null, _) => Ok(None),
            (Val::Obj(object), Val::Str(key)) => Ok(object.get(key).cloned()),
            (Val::Arr(array), Val::Int(_) | Val::Float(_)) => {
                let at = position(index, array.items.len())?;
                Ok(usize::try_from(at).ok().and_then(|at| array.items.get(at)).cloned())
            }
            (Val::Arr(_) | Val::Str(_), Val::Obj(range)) => {
                let range = range.get("start")..range.get("end");
                jaq_core::ValT::range(self.clone(), range).map(Some)
            }
            _ => Err(Error::index(self.clone(), index.clone())),
        }
    }
}

/// An index as a position: negative ones count from the end.
fn position(index: &Val, len: usize) -> Result<i64> {
    match index {
        Val::Int(at) if *at < 0 => Ok(at.saturating_add(len as i64)),
        Val::Int(at) => Ok(*at),
        Val::Float(at) => position(&Val::Int(at.floor() as i64), len),
        _ => Err(Error::typ(index.clone(), "number")),
    }
}

fn bounds(range: &Range<Option<&Val>>, len: usize) -> Result<(usize, usize)> {
    let bound = |bound: Option<&Val>, default| match bound {
        None | Some(Val::Null) => Ok(default),
        Some(bound) => Ok(usize::try_from(position(bound, len)?).unwrap_or(0).min(len)),
    };
    let from = bound(range.start, 0)?;
    Ok((from, bound(range.end, len)?.max(from)))
}

/// The value itself if nobody else has it, else a copy.
fn unshared<T: Clone>(shared: Rc<T>) -> T {
    Rc::try_unwrap(shared).unwrap_or_else(|shared| (*shared).clone())
}

impl jaq_std::ValT for Val {
    fn into_seq<S: FromIterator<Self>>(self) -> Result<S, Self> {
        match self {
            Val::Arr(array) => Ok(unshared(array).items.into_iter().collect()),
            other => Err(other),
        }
    }

    fn is_int(&self) -> bool {
        matches!(self, Val::Int(_) | Val::Big(_))
    }

    fn as_isize(&self) -> Option<isize> {
        match self {
            Val::Int(number) => isize::try_from(*number).ok(),
            _ => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        self.number()
    }

    fn is_utf8_str(&self) -> bool {
        matches!(self, Val::Str(_))
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        let text = self.as_str()?;
        // Whoever asks looks at all of it.
        budget::work(text.len());
        Some(text.as_bytes())
    }

    fn as_sub_str(&self, part: &[u8]) -> Self {
        Val::string(&String::from_utf8_lossy(part))
    }

    fn from_utf8_bytes(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Val::string(&String::from_utf8_lossy(bytes.as_ref()))
    }
}

impl From<bool> for Val {
    fn from(flag: bool) -> Self {
        budget::spend(0);
        Val::Bool(flag)
    }
}

impl From<isize> for Val {
    fn from(number: isize) -> Self {
        budget::spend(0);
        Val::Int(number as i64)
    }
}

impl From<usize> for Val {
    fn from(number: usize) -> Self {
        budget::spend(0);
        i64::try_from(number).map_or(Val::Float(number as f64), Val::Int)
    }
}

impl From<f64> for Val {
    fn from(number: f64) -> Self {
        budget::spend(0);
        Val::Float(number)
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Val::string(&text)
    }
}

/// A slice's bounds as a path has them.
impl From<Range<Option<Val>>> for Val {
    fn from(range: Range<Option<Val>>) -> Self {
        let member = |name: &str, bound: Option<Val>| bound.map(|bound| (name.into(), bound));
        let members = [member("start", range.start), member("end", range.end)];
        Val::object(members.into_iter().flatten().collect())
    }
}

impl FromIterator<Val> for Val {
    fn from_iter<I: IntoIterator<Item = Val>>(items: I) -> Self {
        Val::array(items.into_iter().collect())
    }
}

/// Integers stay integers as long as they fit.
fn arithmetic(
    (l, op, r): (Val, Math, Val),
    exact: fn(i64, i64) -> Option<i64>,
    float: fn(f64, f64) -> f64,
) -> ValR<Val> {
    if let (Val::Int(a), Val::Int(b)) = (&l, &r)
        && let Some(number) = exact(*a, *b)
    {
        return Ok(Val::Int(number));
    }
    match (l.number(), r.number()) {
        (Some(a), Some(b)) => Ok(Val::Float(float(a, b))),
        _ => Err(Error::math(l, op, r)),
    }
}

impl Add for Val {
    type Output = ValR<Self>;
    fn add(self, other: Self) -> ValR<Self> {
        budget::spend(0);
        match (self, other) {
            (Val::Null, value) | (value, Val::Null) => Ok(value),
            (Val::Str(a), Val::Str(b)) => {
                budget::spend(a.len() + b.len());
                Ok(Val::Str([&*a, &*b].concat().into()))
            }
            (Val::Arr(mut a), Val::Arr(b)) => {
                let target = Rc::make_mut(&mut a);
                target.items.extend(b.items.iter().cloned());
                target.depth = target.depth.max(b.depth);
                Ok(Val::Arr(a))
            }
            (Val::Obj(mut a), Val::Obj(b)) => {
                let target = Rc::make_mut(&mut a);
                for (key, value) in &b.members {
                    target.insert(key.clone(), value.clone());
                }
                Ok(Val::Obj(a))
            }
            (l, r) => arithmetic((l, Math::Add, r), i64::checked_add, |a, b| a + b),
        }
    }
}

impl Sub for Val {
    type Output = ValR<Self>;
    fn sub(self, other: Self) -> ValR<Self> {
        budget::spend(0);
        match (self, other) {
            (Val::Arr(a), Val::Arr(b)) => {
                let gone: std::collections::BTreeSet<_> = b.items.iter().collect();
                let items = unshared(a).items.into_iter().filter(|item| !gone.contains(item));
                Ok(Val::array(items.collect()))
            }
            (l, r) => arithmetic((l, Math::Sub, r), i64::checked_sub, |a, b| a - b),
        }
    }
}

impl Mul for Val {
    type Output = ValR<Self>;
    fn mul(self, other: Self) -> ValR<Self> {
        budget::spend(0);
        match (self, other) {
            (Val::Str(text), times) | (times, Val::Str(text)) if times.number().is_some() => {
                let times = times.number().unwrap_or(0.0);
                if times <= 0.0 {
                    return Ok(Val::Null);
                }
                let times = times.max(1.0) as usize;
                // Asked for before it is made.
                budget::spend(text.len().saturating_mul(times));
                Ok(Val::Str(text.repeat(times).into()))
            }
            (Val::Obj(mut a), Val::Obj(b)) => {
                merge(&mut a, &b)?;
                Ok(Val::Obj(a))
            }
            (l, r) => arithmetic((l, Math::Mul, r), i64::checked_mul, |a, b| a * b),
        }
    }
}

/// Puts `b` into `a`; objects of the same key are merged as well.
fn merge(a: &mut Rc<Obj>, b: &Obj) -> Result<()> {
    let target = Rc::make_mut(a);
    for (key, value) in &b.members {
        let merged = match (target.get(key).cloned(), value) {
            (Some(old @ Val::Obj(_)), Val::Obj(_)) => (old * value.clone())?,
            _ => value.clone(),
        };
        target.insert(key.clone(), merged);
    }
    Ok(())
}

impl Div for Val {
    type Output = ValR<Self>;
    fn div(self, other: Self) -> ValR<Self> {
        budget::spend(0);
        match (&self, &other) {
            (Val::Str(text), Val::Str(_)) if text.is_empty() => Ok(Val::array(Vec::new())),
            (Val::Str(text), Val::Str(at)) if at.is_empty() => Ok(Val::array(
                text.chars().map(|part| Val::string(part.encode_utf8(&mut [0; 4]))).collect(),
            )),
            (Val::Str(text), Val::Str(at)) => {
                Ok(Val::array(text.split(&**at).map(Val::string).collect()))
            }
            (Val::Int(_) | Val::Float(_), Val::Int(0)) => {
                Err(Error::str(format_args!("{self} cannot be divided by zero")))
            }
            _ => {
                let exact =
                    |a: i64, b: i64| a.checked_rem(b).filter(|&rest| rest == 0).map(|_| a / b);
                arithmetic((self, Math::Div, other), exact, |a, b| a / b)
            }
        }
    }
}

impl Rem for Val {
    type Output = ValR<Self>;
    fn rem(self, other: Self) -> ValR<Self> {
        budget::spend(0);
        arithmetic((self, Math::Rem, other), i64::checked_rem, |a, b| a % b)
    }
}

impl Neg for Val {
    type Output = ValR<Self>;
    fn neg(self) -> ValR<Self> {
        budget::spend(0);
        match self {
            Val::Int(number) => {
                Ok(number.checked_neg().map_or(Val::Float(-(number as f64)), Val::Int))
            }
            other => match other.number() {
                Some(number) => Ok(Val::Float(-number)),
                None => Err(Error::typ(other, "number")),
            },
        }
    }
}
