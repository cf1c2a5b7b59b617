//! What expressions are worth.

use std::rc::Rc;

use super::super::builtins;
use super::super::format;
use super::super::methods;
use super::super::syntax::{Argument, Clause, Expr, Kind, Passed, Piece, Shape, Trailer, Unary};
use super::super::value::{Dict, Entry, Outcome, Unknown, Value, unknown};
use super::{Evaluator, HashMap, at, position};

/// What a call passes.
#[derive(Default)]
pub(crate) struct Arguments {
    /// May be unknown.
    pub(crate) positional: Vec<Value>,
    /// Name, value, line.
    pub(crate) named: Vec<(Rc<str>, Value, usize)>,
    /// Why there may be more arguments than these.
    pub(crate) missing: Option<Rc<Unknown>>,
}

impl Evaluator<'_> {
    pub(super) fn eval(&mut self, expr: &Expr) -> Outcome {
        self.heap.spend(1).and_then(|()| self.kind(expr)).map_err(|why| at(why, expr.line))
    }

    pub(super) fn eval_or_unknown(&mut self, expr: &Expr) -> Value {
        self.eval(expr).unwrap_or_else(Value::Unknown)
    }

    fn kind(&mut self, expr: &Expr) -> Outcome {
        match &expr.kind {
            Kind::None => Ok(Value::None),
            Kind::Bool(value) => Ok(Value::Bool(*value)),
            Kind::Int(value) => Ok(Value::Int(*value)),
            Kind::Float(value) => Ok(Value::Float(*value)),
            Kind::Str(text) => Ok(Value::Str(text.clone())),
            Kind::Name(name) => self.lookup(name),
            Kind::Joined(pieces) => self.joined(pieces),
            Kind::List(items) => {
                let items = self.display(items)?;
                self.heap.new_list(items)
            }
            Kind::Tuple(items) => {
                let items = self.display(items)?;
                self.heap.new_tuple(items)
            }
            Kind::Set(items) => {
                let items = self.display(items)?;
                self.heap.new_set(items)
            }
            Kind::Dict(pairs) => self.dict_display(pairs),
            Kind::Comprehension { shape, clauses } => self.comprehension(shape, clauses),
            Kind::Starred(_) => Err(unknown("`*` outside a list or a call")),
            Kind::Unary(operators, operand) => self.unary_chain(operators, operand),
            Kind::Binary(first, rest) => {
                let mut value = self.eval(first)?;
                for (operator, operand) in rest {
                    let operand = self.eval(operand)?;
                    value = self.binary(*operator, &value, &operand)?;
                }
                Ok(value)
            }
            Kind::Compare(first, rest) => {
                let mut left = self.eval(first)?;
                for (operator, operand) in rest {
                    let right = self.eval(operand)?;
                    if !self.compare(*operator, &left, &right)? {
                        return Ok(Value::Bool(false));
                    }
                    left = right;
                }
                Ok(Value::Bool(true))
            }
            Kind::And(operands) => self.logic(operands, false),
            Kind::Or(operands) => self.logic(operands, true),
            Kind::Choice { condition, yes, no } => {
                let condition = self.eval(condition)?;
                if self.heap.truth(&condition)? { self.eval(yes) } else { self.eval(no) }
            }
            Kind::Trailed(base, trailers) => self.trailed(base, trailers),
            Kind::Lambda(function) => Ok(Value::Function(function.clone())),
            Kind::Unsupported(reason) => Err(unknown(format!("{reason} is not supported"))),
        }
    }

    pub(super) fn lookup(&mut self, name: &Rc<str>) -> Outcome {
        let scoped = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        if let Some(value) = scoped {
            return value.clone().known();
        }
        match self.names.get(name).map(|variable| &variable.value) {
            Some(Value::Unknown(why)) => Err(Rc::new(Unknown {
                line: 0,
                reason: why.reason.clone(),
                // The line of the first cause.
                through: Some((name.clone(), why.through.as_ref().map_or(why.line, |(_, at)| *at))),
            })),
            Some(value) => Ok(value.clone()),
            None if builtins::is_builtin(name) => {
                Ok(Value::Outside(format!("builtins.{name}").into()))
            }
            None => Err(unknown(format!("`{name}` is not defined"))),
        }
    }

    /// The items of a display; those that cannot be known are unknown.
    fn display(&mut self, exprs: &[Expr]) -> Outcome<Vec<Value>> {
        let mut items = Vec::new();
        for expr in exprs {
            let Kind::Starred(inner) = &expr.kind else {
                items.push(self.eval_or_unknown(expr));
                continue;
            };
            match self.eval(inner).and_then(|value| self.heap.items(&value)) {
                Ok(more) => items.extend(more),
                Err(why) => items.push(Value::Unknown(at(why, expr.line))),
            }
        }
        Ok(items)
    }

    fn dict_display(&mut self, pairs: &[(Option<Expr>, Expr)]) -> Outcome {
        let dict = Value::Dict(self.heap.new_dict(Dict::default())?);
        for (key, value) in pairs {
            let line = key.as_ref().unwrap_or(value).line;
            match key {
                Some(key) => {
                    let key = self.eval_or_unknown(key);
                    let value = self.eval_or_unknown(value);
                    self.set_item(&dict, key, value, line)?;
                }
                None => {
                    let other = self.eval(value);
                    if let Err(why) = other.and_then(|other| self.merge(&dict, &other, line)) {
                        self.heap.blur(&dict, &at(why, line));
                    }
                }
            }
        }
        Ok(dict)
    }

    /// Sets in `dict` what `other`, a dict or an iterable of pairs, holds.
    pub(in super::super) fn merge(
        &mut self,
        dict: &Value,
        other: &Value,
        line: usize,
    ) -> Outcome<()> {
        if let Value::Dict(id) = other {
            for entry in self.heap.entries(*id)? {
                let value = self.settle(entry.value);
                self.set_item(dict, entry.key, value, entry.line)?;
            }
            return Ok(());
        }
        for pair in self.heap.items(other)? {
            let mut pair = self.heap.items(&pair)?;
            let (Some(value), Some(key), None) = (pair.pop(), pair.pop(), pair.pop()) else {
                return Err(unknown("a dict made of something else than pairs"));
            };
            let value = self.settle(value);
            self.set_item(dict, key, value, line)?;
        }
        Ok(())
    }

    fn comprehension(&mut self, shape: &Shape, clauses: &[Clause]) -> Outcome {
        let result = match shape {
            Shape::Dict(..) => Value::Dict(self.heap.new_dict(Dict::default())?),
            Shape::List(_) | Shape::Set(_) => self.heap.new_list(Vec::new())?,
        };
        self.scopes.push(HashMap::new());
        let filled = self.clauses(shape, clauses, &result);
        self.scopes.pop();
        filled?;
        match shape {
            Shape::Set(_) => {
                let items = self.heap.items(&result)?;
                self.heap.new_set(items)
            }
            _ => Ok(result),
        }
    }

    fn clauses(&mut self, shape: &Shape, clauses: &[Clause], result: &Value) -> Outcome<()> {
        match clauses.split_first() {
            None => self.element(shape, result),
            Some((Clause::If(condition), rest)) => {
                let condition = self.eval(condition)?;
                if self.heap.truth(&condition)? {
                    self.clauses(shape, rest, result)
                } else {
                    Ok(())
                }
            }
            Some((Clause::For { target, items }, rest)) => {
                let items = self.eval(items)?;
                for item in self.heap.items(&items)? {
                    self.heap.spend(1)?;
                    self.assign(target, item);
                    self.clauses(shape, rest, result)?;
                }
                Ok(())
            }
        }
    }

    /// Adds one element to what a comprehension makes.
    fn element(&mut self, shape: &Shape, result: &Value) -> Outcome<()> {
        match (shape, result) {
            (Shape::List(item) | Shape::Set(item), Value::List(id)) => {
                let item = self.eval_or_unknown(item);
                self.heap.list_mut(*id).push(item);
                Ok(())
            }
            (Shape::Dict(key, value), dict) => {
                let line = key.line;
                let key = self.eval_or_unknown(key);
                let value = self.eval_or_unknown(value);
                self.set_item(dict, key, value, line)
            }
            _ => Ok(()),
        }
    }

    fn unary_chain(&mut self, operators: &[Unary], operand: &Expr) -> Outcome {
        let mut value = self.eval(operand)?;
        for operator in operators.iter().rev() {
            self.heap.spend(1)?;
            value = self.unary(*operator, &value)?;
        }
        Ok(value)
    }

    /// `and`, `or`: the first operand whose truth is `stop`, else the last.
    fn logic(&mut self, operands: &[Expr], stop: bool) -> Outcome {
        let mut value = Value::Bool(!stop);
        for operand in operands {
            value = self.eval(operand)?;
            if self.heap.truth(&value)? == stop {
                break;
            }
        }
        Ok(value)
    }

    fn joined(&mut self, pieces: &[Piece]) -> Outcome {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(piece) => {
                    self.heap.spend_text(piece.len())?;
                    text.push_str(piece);
                }
                Piece::Value { value, conversion, spec } => {
                    let value = self.eval(value)?;
                    text.push_str(&format::field(&mut self.heap, &value, *conversion, spec)?);
                }
            }
        }
        self.heap.spend_text(text.len())?;
        Ok(Value::text(text))
    }

    /// A value and the attributes, calls and subscripts after it.
    pub(super) fn trailed(&mut self, base: &Expr, trailers: &[Trailer]) -> Outcome {
        let mut value = self.eval(base);
        let mut rest = trailers;
        while let Some((trailer, after)) = rest.split_first() {
            rest = after;
            self.heap.spend(1)?;
            value = match (value, trailer) {
                (Err(why), trailer) => {
                    if let Trailer::Call(arguments) = trailer {
                        self.pass_to_unknown(arguments, &at(why.clone(), base.line));
                    }
                    Err(why)
                }
                (Ok(Value::Outside(path)), Trailer::Attribute(name)) => {
                    builtins::attribute(&path, name)
                }
                (Ok(value), Trailer::Attribute(name)) => match rest.split_first() {
                    Some((Trailer::Call(arguments), after)) => {
                        rest = after;
                        let arguments = self.arguments(arguments);
                        methods::call(self, &value, name, arguments)
                    }
                    _ => Err(unknown(format!("the attribute `{name}` of a {}", value.type_name()))),
                },
                (Ok(value), Trailer::Call(arguments)) => self.call(&value, arguments),
                (Ok(value), Trailer::Index(key)) => {
                    self.eval(key).and_then(|key| self.index(&value, &key))
                }
                (Ok(value), Trailer::Slice(bounds)) => self.slice(&value, bounds),
            };
        }
        value
    }

    fn call(&mut self, callee: &Value, arguments: &[Argument]) -> Outcome {
        match callee {
            Value::Outside(path) => {
                let arguments = self.arguments(arguments);
                builtins::call(self, path, arguments)
            }
            Value::Function(function) => {
                let why = self.call_unread(function);
                self.pass_to_unknown(arguments, &why);
                Err(why)
            }
            other => Err(unknown(format!("calling a {}", other.type_name()))),
        }
    }

    /// What is passed to a call that is not followed may come back changed.
    fn pass_to_unknown(&mut self, arguments: &[Argument], why: &Rc<Unknown>) {
        let arguments = self.arguments(arguments);
        self.blur_all(&arguments, why);
    }

    pub(in super::super) fn blur_all(&mut self, arguments: &Arguments, why: &Rc<Unknown>) {
        let named = arguments.named.iter().map(|(_, value, _)| value);
        for value in arguments.positional.iter().chain(named) {
            self.heap.blur(value, why);
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) -> Arguments {
        let mut passed = Arguments::default();
        for Argument { passed: how, value } in arguments {
            let line = value.line;
            let missing = match how {
                Passed::ByPosition => {
                    passed.positional.push(self.eval_or_unknown(value));
                    Ok(())
                }
                Passed::ByName(name) => {
                    let value = self.eval_or_unknown(value);
                    passed.named.push((name.clone(), value, line));
                    Ok(())
                }
                Passed::Spread => self
                    .eval(value)
                    .and_then(|value| self.heap.items(&value))
                    .map(|items| passed.positional.extend(items)),
                Passed::SpreadNamed => {
                    self.eval(value).and_then(|value| self.spread_named(&value, &mut passed))
                }
            };
            if let Err(why) = missing {
                passed.missing = Some(at(why, line));
            }
        }
        passed
    }

    /// `**value` of a call.
    fn spread_named(&mut self, value: &Value, passed: &mut Arguments) -> Outcome<()> {
        let Value::Dict(id) = value else {
            return Err(unknown(format!("`**` of a {}", value.type_name())));
        };
        for entry in self.heap.entries(*id)? {
            passed.named.push((entry.key.str()?, entry.value, entry.line));
        }
        Ok(())
    }

    /// `value[key]`
    pub(super) fn index(&mut self, value: &Value, key: &Value) -> Outcome {
        match value {
            Value::List(id) | Value::Tuple(id) => {
                let items = self.heap.list(*id);
                items[position(key.int()?, items.len())?].clone().known()
            }
            Value::Str(text) => {
                let text = text.clone();
                self.heap.spend_text(text.len())?;
                let at = position(key.int()?, text.chars().count())?;
                Ok(Value::text(text.chars().skip(at).take(1).collect::<String>()))
            }
            Value::Dict(id) => {
                let hashed = self.heap.key(key)?;
                let dict = self.heap.dict(*id);
                match (dict.get(&hashed), dict.missing.first()) {
                    (Some(Entry { value, .. }), _) => value.clone().known(),
                    (None, Some(why)) => Err(why.clone()),
                    (None, None) => Err(unknown(match key {
                        Value::Str(key) => format!("there is no key {key:?}"),
                        _ => "there is no such key".into(),
                    })),
                }
            }
            Value::Outside(path) => builtins::item(self.host, path, key),
            other => Err(unknown(format!("an item of a {}", other.type_name()))),
        }
    }

    /// `value[start:stop:step]`
    fn slice(&mut self, value: &Value, bounds: &[Option<Box<Expr>>; 3]) -> Outcome {
        let items = match value {
            Value::Str(_) | Value::List(_) | Value::Tuple(_) => self.heap.items(value)?,
            other => return Err(unknown(format!("a slice of a {}", other.type_name()))),
        };
        let mut numbers = [None; 3];
        for (number, bound) in numbers.iter_mut().zip(bounds) {
            *number = match bound {
                Some(bound) => match self.eval(bound)? {
                    Value::None => None,
                    value => Some(value.int()?),
                },
                None => None,
            };
        }
        let items = sliced(&items, numbers)?;
        match value {
            Value::List(_) => self.heap.new_list(items),
            Value::Tuple(_) => self.heap.new_tuple(items),
            _ => {
                let parts: Outcome<Vec<_>> = items.iter().map(Value::str).collect();
                Ok(Value::text(parts?.concat()))
            }
        }
    }
}

/// The items Python's `items[start:stop:step]` takes.
fn sliced(items: &[Value], [start, stop, step]: [Option<i128>; 3]) -> Outcome<Vec<Value>> {
    let length = items.len() as i128;
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(unknown("a slice with step 0"));
    }
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |bound: Option<i128>, default: i128| match bound {
        Some(at) if at < 0 => at.saturating_add(length).clamp(lowest, highest),
        Some(at) => at.clamp(lowest, highest),
        None => default,
    };
    let start = bound(start, if step > 0 { lowest } else { highest });
    let stop = bound(stop, if step > 0 { highest } else { lowest });
    let mut taken = Vec::new();
    let mut at = start;
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        taken.extend(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned());
        at = at.saturating_add(step);
    }
    Ok(taken)
}
