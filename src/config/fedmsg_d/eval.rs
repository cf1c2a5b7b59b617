//! Runs the statements of a file, as far as their effect can be known without Python.
//!
//! What cannot be known becomes [`Value::Unknown`] where it comes to rest: in a name, in an entry
//! of a dict. Where it is not known *whether* a statement runs, everything it sets is unknown.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Host;
use super::builtins;
use super::heap::Heap;
use super::syntax::{Action, Binary, Block, Expr, Function, Kind, Statement, Trailer};
use super::value::{Entry, Outcome, Unknown, Value, brief, unknown};

mod expressions;
mod operators;

pub(super) use expressions::Arguments;

/// What a statement means for those after it.
enum Flow {
    Next,
    Break,
    Continue,
    /// A loop may have been left here, or not.
    Unsure(Rc<Unknown>),
}

/// What can be assigned to.
enum Place {
    Name(Rc<str>),
    Item { container: Value, key: Value },
}

/// A name of the file.
pub(super) struct Variable {
    pub(super) value: Value,
    pub(super) line: usize,
}

/// One file being evaluated.
pub(super) struct Evaluator<'a> {
    pub(super) host: &'a Host,
    pub(super) heap: Heap,
    pub(super) names: HashMap<Rc<str>, Variable>,
    /// The variables of the comprehensions we are in.
    scopes: Vec<HashMap<Rc<str>, Value>>,
    /// Set while it is not known whether the statements run.
    pub(super) unsure: Option<Rc<Unknown>>,
    /// The line of the current statement.
    pub(super) line: usize,
    /// Statements whose effect is not known: each line once.
    pub(super) reports: Vec<Rc<Unknown>>,
    reported: HashSet<usize>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(host: &'a Host) -> Self {
        Self {
            host,
            heap: Heap::default(),
            names: HashMap::new(),
            scopes: Vec::new(),
            unsure: None,
            line: 1,
            reports: Vec::new(),
            reported: HashSet::new(),
        }
    }

    pub(super) fn run(&mut self, file: &Block) {
        self.block(file);
    }

    fn block(&mut self, block: &Block) -> Flow {
        let mut flow = Flow::Next;
        for statement in block {
            if self.heap.exhausted() {
                break;
            }
            match self.statement(statement) {
                Flow::Next => {}
                Flow::Unsure(why) => {
                    // From here on the block may have been left.
                    self.unsure.get_or_insert(why.clone());
                    flow = Flow::Unsure(why);
                }
                left => return left,
            }
        }
        flow
    }

    fn statement(&mut self, statement: &Statement) -> Flow {
        self.line = statement.line;
        if self.heap.spend(1).is_err() {
            return Flow::Next;
        }
        match &statement.action {
            Action::Pass => {}
            Action::Break => return self.leave(Flow::Break),
            Action::Continue => return self.leave(Flow::Continue),
            Action::Expression(expr) => {
                if let Err(why) = self.eval(expr) {
                    self.report(why);
                }
            }
            Action::Assign { targets, value } => {
                let value = self.eval_or_unknown(value);
                for target in targets {
                    self.assign(target, value.clone());
                }
            }
            Action::Augment { target, operator, value } => self.augment(target, *operator, value),
            Action::Delete(targets) => {
                for target in targets {
                    self.delete(target);
                }
            }
            Action::Import(bindings) => {
                for (name, path) in bindings {
                    self.bind(name, builtins::imported(path));
                }
            }
            Action::If { branches, otherwise } => return self.choose(branches, otherwise),
            Action::For { target, items, body, otherwise } => {
                return self.repeat(target, items, body, otherwise);
            }
            Action::Maybe { what, binds, blocks } => return self.maybe(what, binds, blocks),
            Action::Function(function) => {
                self.bind(&function.name, Value::Function(function.clone()));
            }
            Action::Unreadable { names, reason } => {
                let why = self.here(reason);
                for name in names {
                    if self.names.contains_key(name) {
                        self.bind(name, Value::Unknown(why.clone()));
                    }
                }
                self.report(why);
            }
        }
        Flow::Next
    }

    /// `break` or `continue`.
    fn leave(&self, flow: Flow) -> Flow {
        self.unsure.clone().map_or(flow, Flow::Unsure)
    }

    /// The failure to know something, at the current statement.
    fn here(&self, reason: &str) -> Rc<Unknown> {
        Rc::new(Unknown { line: self.line, reason: reason.into(), through: None })
    }

    /// Notes that the effect of a statement is not known.
    pub(super) fn report(&mut self, why: Rc<Unknown>) {
        let why = at(why, self.line);
        if !self.heap.exhausted() && self.reported.insert(why.line) {
            self.reports.push(why);
        }
    }

    /// The value, or the reason it is unknown because this statement may not run.
    pub(super) fn settle(&self, value: Value) -> Value {
        match &self.unsure {
            Some(why) => Value::Unknown(self.here(&why.reason)),
            None => value,
        }
    }

    fn bind(&mut self, name: &Rc<str>, value: Value) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.clone(), value);
            return;
        }
        // Importing again what is imported already changes nothing.
        let same = matches!(
            (self.names.get(name), &value),
            (Some(Variable { value: Value::Outside(old), .. }), Value::Outside(new)) if old == new
        );
        if !same {
            let variable = Variable { value: self.settle(value), line: self.line };
            self.names.insert(name.clone(), variable);
        }
    }

    fn assign(&mut self, target: &Expr, value: Value) {
        match &target.kind {
            Kind::Tuple(targets) | Kind::List(targets) => self.unpack(targets, &value),
            _ => match self.place(target) {
                Ok(place) => self.write(place, value),
                Err(why) => self.report(at(why, target.line)),
            },
        }
    }

    /// `a, b = value`
    fn unpack(&mut self, targets: &[Expr], value: &Value) {
        let items = self.heap.items(value).and_then(|items| self.spread(targets, items));
        match items {
            Ok(items) => {
                for (target, item) in targets.iter().zip(items) {
                    let target = unstarred(target);
                    self.assign(target, item);
                }
            }
            Err(why) => {
                let why = at(why, self.line);
                for target in targets {
                    self.assign(unstarred(target), Value::Unknown(why.clone()));
                }
            }
        }
    }

    /// One item for each target: a starred one takes those left over.
    fn spread(&mut self, targets: &[Expr], mut items: Vec<Value>) -> Outcome<Vec<Value>> {
        let star = targets.iter().position(|target| matches!(target.kind, Kind::Starred(_)));
        if let Some(star) = star
            && items.len() + 1 >= targets.len()
        {
            let taken = star..items.len() + 1 + star - targets.len();
            let rest = items.splice(taken, [Value::None]).collect();
            items[star] = self.heap.new_list(rest)?;
        }
        if items.len() != targets.len() {
            let (found, wanted) = (items.len(), targets.len());
            return Err(unknown(format!("{found} values where {wanted} are needed")));
        }
        Ok(items)
    }

    fn place(&mut self, target: &Expr) -> Outcome<Place> {
        match &target.kind {
            Kind::Name(name) => Ok(Place::Name(name.clone())),
            Kind::Trailed(base, trailers) => {
                let Some((Trailer::Index(key), before)) = trailers.split_last() else {
                    return Err(unknown("assigning to an attribute or a slice"));
                };
                let container = self.trailed(base, before)?;
                Ok(Place::Item { container, key: self.eval_or_unknown(key) })
            }
            _ => Err(unknown("assigning to something else than names and items")),
        }
    }

    fn read(&mut self, place: &Place) -> Outcome {
        match place {
            Place::Name(name) => self.lookup(name),
            Place::Item { container, key } => {
                let key = key.clone().known()?;
                self.index(container, &key)
            }
        }
    }

    fn write(&mut self, place: Place, value: Value) {
        match place {
            Place::Name(name) => self.bind(&name, value),
            Place::Item { container, key } => {
                let value = self.settle(value);
                if let Err(why) = self.set_item(&container, key, value, self.line) {
                    let why = at(why, self.line);
                    if !matches!(container, Value::Dict(_)) {
                        self.heap.blur(&container, &why);
                    }
                    self.report(why);
                }
            }
        }
    }

    /// `container[key] = value`
    pub(super) fn set_item(
        &mut self,
        container: &Value,
        key: Value,
        value: Value,
        line: usize,
    ) -> Outcome<()> {
        match container {
            Value::Dict(id) => match self.heap.key(&key) {
                Ok(hashed) => {
                    self.heap.dict_mut(*id).set(hashed, Entry { key, value, line });
                    Ok(())
                }
                Err(why) => {
                    // The dict reports it, with the configuration key it ends up under.
                    self.heap.dict_mut(*id).missing.push(at(why, line));
                    Ok(())
                }
            },
            Value::List(id) => {
                let at = position(key.int()?, self.heap.list(*id).len())?;
                self.heap.list_mut(*id)[at] = value;
                Ok(())
            }
            other => Err(unknown(format!("assigning to an item of a {}", other.type_name()))),
        }
    }

    /// `target op= value`
    fn augment(&mut self, target: &Expr, operator: Binary, value: &Expr) {
        let place = match self.place(target) {
            Ok(place) => place,
            Err(why) => return self.report(at(why, target.line)),
        };
        let value = self.eval_or_unknown(value);
        let old = self.read(&place).unwrap_or_else(|why| Value::Unknown(at(why, target.line)));
        // Lists, sets and dicts change in place, so that every name for them sees it.
        let method = match (&old, operator) {
            (Value::List(_), Binary::Add) => "extend",
            (Value::Set(_) | Value::Dict(_), Binary::Or) => "update",
            _ => {
                let new = old.known().and_then(|old| self.binary(operator, &old, &value));
                let new = new.unwrap_or_else(|why| Value::Unknown(at(why, self.line)));
                return self.write(place, new);
            }
        };
        if let Err(why) = self.change(&old, method, vec![value]) {
            self.report(why);
        }
    }

    fn delete(&mut self, target: &Expr) {
        if let Kind::Tuple(targets) = &target.kind {
            return targets.iter().for_each(|target| self.delete(target));
        }
        let deleted = match self.place(target) {
            Ok(Place::Name(name)) => {
                self.names.remove(&name);
                if self.unsure.is_some() {
                    self.bind(&name, Value::None);
                }
                Ok(())
            }
            Ok(Place::Item { container, key }) => {
                self.change(&container, "pop", vec![key]).map(|_| ())
            }
            Err(why) => Err(why),
        };
        if let Err(why) = deleted {
            self.report(why);
        }
    }

    fn choose(&mut self, branches: &[(Expr, Block)], otherwise: &Block) -> Flow {
        let before = self.unsure.clone();
        let mut flow = Flow::Next;
        let mut decided = false;
        for (condition, block) in branches {
            let line = condition.line;
            match self.eval(condition).and_then(|value| self.heap.truth(&value)) {
                Ok(false) => continue,
                Ok(true) => decided = true,
                Err(why) => {
                    let why = self.here(&depends("condition", line, &why));
                    self.unsure.get_or_insert(why);
                }
            }
            flow = either(flow, self.block(block));
            if decided {
                break;
            }
        }
        if !decided {
            flow = either(flow, self.block(otherwise));
        }
        self.unsure = before;
        flow
    }

    fn repeat(&mut self, target: &Expr, items: &Expr, body: &Block, otherwise: &Block) -> Flow {
        let before = self.unsure.clone();
        let items = match self.eval(items).and_then(|items| self.heap.items(&items)) {
            Ok(items) => items,
            Err(why) => {
                let why = self.here(&depends("loop", self.line, &why));
                self.unsure.get_or_insert(why.clone());
                vec![Value::Unknown(why)]
            }
        };
        let mut left = false;
        for item in items {
            if self.heap.exhausted() {
                break;
            }
            self.line = target.line;
            self.assign(target, item);
            match self.block(body) {
                Flow::Break => {
                    left = true;
                    break;
                }
                // Whatever else happens, the rest of the loop may not.
                Flow::Unsure(why) => {
                    self.unsure.get_or_insert(why);
                }
                Flow::Next | Flow::Continue => {}
            }
        }
        let flow = if left { Flow::Next } else { self.block(otherwise) };
        self.unsure = before;
        flow
    }

    /// Blocks that may run or not.
    fn maybe(&mut self, what: &str, binds: &[Rc<str>], blocks: &[Block]) -> Flow {
        let before = self.unsure.clone();
        let why = self.here(&format!("it depends on the `{what}` of line {}", self.line));
        self.unsure.get_or_insert(why);
        for name in binds {
            self.bind(name, Value::None);
        }
        let flow = blocks.iter().fold(Flow::Next, |flow, block| either(flow, self.block(block)));
        self.unsure = before;
        // A loop inside a `while` cannot be left from here, one around a `try` can.
        if what == "while" { Flow::Next } else { flow }
    }

    /// A function of the file may change whatever its text mentions.
    fn call_unread(&mut self, function: &Rc<Function>) -> Rc<Unknown> {
        let why =
            self.here(&format!("`{}` is a function of the file, which is not run", function.name));
        let mut seen = HashSet::new();
        let mut names = function.mentions.clone();
        while let Some(name) = names.pop() {
            if self.heap.spend(1).is_err() || !seen.insert(name.clone()) {
                continue;
            }
            match self.names.get(&name).map(|variable| variable.value.clone()) {
                Some(Value::Function(other)) => names.extend(other.mentions.iter().cloned()),
                Some(value) => self.heap.blur(&value, &why),
                None => {}
            }
        }
        if seen.contains("global") {
            for name in seen {
                if self.names.contains_key(&name) {
                    self.bind(&name, Value::Unknown(why.clone()));
                }
            }
        }
        why
    }
}

/// The value of `*target` goes to `target`.
fn unstarred(target: &Expr) -> &Expr {
    match &target.kind {
        Kind::Starred(inner) => inner,
        _ => target,
    }
}

fn depends(what: &str, line: usize, why: &Unknown) -> String {
    brief(&format!("it depends on the {what} of line {line}: {}", why.text()))
}

/// What follows when either of two blocks may have run.
fn either(a: Flow, b: Flow) -> Flow {
    match (a, b) {
        (Flow::Next, flow) | (flow, Flow::Next) => flow,
        (flow, _) => flow,
    }
}

/// Fills in the line of a failure that has none yet.
pub(super) fn at(why: Rc<Unknown>, line: usize) -> Rc<Unknown> {
    if why.line != 0 { why } else { Rc::new(Unknown { line, ..(*why).clone() }) }
}

/// The index of a list of `length` that Python's `index` means.
pub(super) fn position(index: i128, length: usize) -> Outcome<usize> {
    let from_start = if index < 0 { index.saturating_add(length as i128) } else { index };
    usize::try_from(from_start)
        .ok()
        .filter(|at| *at < length)
        .ok_or_else(|| unknown(format!("there is no item {index}")))
}
