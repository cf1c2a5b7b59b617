//! Operators: arithmetic, comparison, and what they mean for texts and lists.

use std::cmp::Ordering;

use super::super::builtins;
use super::super::format;
use super::super::syntax::{Binary, Compare, Unary};
use super::super::value::{Outcome, Value, unknown};
use super::Evaluator;

impl Evaluator<'_> {
    pub(super) fn unary(&mut self, operator: Unary, value: &Value) -> Outcome {
        if operator == Unary::Not {
            return Ok(Value::Bool(!self.heap.truth(value)?));
        }
        match (operator, value) {
            (Unary::Minus, Value::Float(float)) => Ok(Value::Float(-float)),
            (Unary::Plus, Value::Float(float)) => Ok(Value::Float(*float)),
            (Unary::Minus, value) => checked(value.int()?.checked_neg()),
            (Unary::Plus, value) => Ok(Value::Int(value.int()?)),
            (_, value) => Ok(Value::Int(!value.int()?)),
        }
    }

    pub(super) fn compare(&mut self, operator: Compare, a: &Value, b: &Value) -> Outcome<bool> {
        let ordered = |evaluator: &mut Self, accept: fn(Ordering) -> bool| {
            Ok(evaluator.heap.order(a, b)?.is_some_and(accept))
        };
        match operator {
            Compare::Equal => self.heap.equal(a, b),
            Compare::NotEqual => Ok(!self.heap.equal(a, b)?),
            Compare::Less => ordered(self, Ordering::is_lt),
            Compare::LessOrEqual => ordered(self, Ordering::is_le),
            Compare::Greater => ordered(self, Ordering::is_gt),
            Compare::GreaterOrEqual => ordered(self, Ordering::is_ge),
            Compare::In => self.contains(b, a),
            Compare::NotIn => Ok(!self.contains(b, a)?),
            Compare::Is => identical(a, b),
            Compare::IsNot => Ok(!identical(a, b)?),
        }
    }

    /// `item in container`
    fn contains(&mut self, container: &Value, item: &Value) -> Outcome<bool> {
        match container {
            Value::Str(text) => {
                let item = item.str()?;
                self.heap.spend_text(text.len() + item.len())?;
                Ok(text.contains(&*item))
            }
            Value::Dict(id) | Value::Set(id) => {
                let key = self.heap.key(item)?;
                let dict = self.heap.dict(*id);
                match (dict.get(&key), dict.missing.first()) {
                    (Some(_), _) => Ok(true),
                    (None, Some(why)) => Err(why.clone()),
                    (None, None) => Ok(false),
                }
            }
            Value::Outside(path) => Ok(builtins::variable(self.host, path, item)?.is_some()),
            _ => {
                for candidate in self.heap.items(container)? {
                    if self.heap.equal(&candidate, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    pub(super) fn binary(&mut self, operator: Binary, a: &Value, b: &Value) -> Outcome {
        match (operator, a, b) {
            (_, Value::Unknown(why), _) | (_, _, Value::Unknown(why)) => Err(why.clone()),
            (Binary::Modulo, Value::Str(template), value) => {
                format::percent(&mut self.heap, template, value).map(Value::text)
            }
            (Binary::Add, Value::Str(a), Value::Str(b)) => {
                self.heap.spend_text(a.len() + b.len())?;
                Ok(Value::text([&**a, &**b].concat()))
            }
            (Binary::Add, Value::List(_), Value::List(_)) => {
                let items = self.both(a, b)?;
                self.heap.new_list(items)
            }
            (Binary::Add, Value::Tuple(_), Value::Tuple(_)) => {
                let items = self.both(a, b)?;
                self.heap.new_tuple(items)
            }
            (Binary::Multiply, Value::Str(_) | Value::List(_) | Value::Tuple(_), count)
            | (Binary::Multiply, count, Value::Str(_) | Value::List(_) | Value::Tuple(_)) => {
                let sequence = if std::ptr::eq(count, b) { a } else { b };
                self.repeated(sequence, count.int()?)
            }
            (Binary::Or, Value::Dict(_), Value::Dict(_)) => {
                let Value::Dict(id) = a else { return Err(unknown("not a dict")) };
                let copy = self.heap.dict(*id).clone();
                let copy = Value::Dict(self.heap.new_dict(copy)?);
                self.merge(&copy, b, self.line)?;
                Ok(copy)
            }
            (
                Binary::Or | Binary::And | Binary::Subtract | Binary::Xor,
                Value::Set(_),
                Value::Set(_),
            ) => self.sets(operator, a, b),
            (_, a, b) => match (a.as_float(), b.as_float()) {
                (Some(x), Some(y)) => match (a.as_int(), b.as_int()) {
                    (Some(a), Some(b)) if operator != Binary::Divide => integers(operator, a, b),
                    (Some(a), Some(b)) if !is_exact(a) || !is_exact(b) => {
                        Err(unknown("a division of ints this large"))
                    }
                    _ => floats(operator, x, y),
                },
                _ => Err(unknown(format!(
                    "this operator between a {} and a {}",
                    a.type_name(),
                    b.type_name()
                ))),
            },
        }
    }

    /// `a + b`
    pub(in super::super) fn add(&mut self, a: &Value, b: &Value) -> Outcome {
        self.binary(Binary::Add, a, b)
    }

    fn both(&mut self, a: &Value, b: &Value) -> Outcome<Vec<Value>> {
        let mut items = self.heap.items(a)?;
        items.extend(self.heap.items(b)?);
        Ok(items)
    }

    /// `sequence * count`
    fn repeated(&mut self, sequence: &Value, count: i128) -> Outcome {
        let count = usize::try_from(count.max(0)).unwrap_or(usize::MAX);
        if let Value::Str(text) = sequence {
            self.heap.spend_text(text.len().saturating_mul(count))?;
            return Ok(Value::text(text.repeat(count)));
        }
        let items = self.heap.items(sequence)?;
        self.heap.spend(items.len().saturating_mul(count))?;
        let items = items.iter().cycle().take(items.len() * count).cloned().collect();
        match sequence {
            Value::Tuple(_) => self.heap.new_tuple(items),
            _ => self.heap.new_list(items),
        }
    }

    fn sets(&mut self, operator: Binary, a: &Value, b: &Value) -> Outcome {
        let (left, right) = (self.heap.items(a)?, self.heap.items(b)?);
        let mut kept = Vec::new();
        for item in &left {
            let shared = self.contains(b, item)?;
            let keep = match operator {
                Binary::Or => true,
                Binary::And => shared,
                _ => !shared,
            };
            kept.extend(keep.then(|| item.clone()));
        }
        if matches!(operator, Binary::Or | Binary::Xor) {
            for item in right {
                if !self.contains(a, &item)? {
                    kept.push(item);
                }
            }
        }
        self.heap.new_set(kept)
    }
}

/// `a is b`, where it does not depend on how Python stores values.
fn identical(a: &Value, b: &Value) -> Outcome<bool> {
    use Value::{Bool, Dict, Float, Function, Int, List, None, Outside, Set, Str, Tuple, Unknown};
    match (a, b) {
        (Unknown(why), _) | (_, Unknown(why)) => Err(why.clone()),
        (None, None) => Ok(true),
        (Bool(a), Bool(b)) => Ok(a == b),
        (List(a), List(b)) | (Set(a), Set(b)) | (Dict(a), Dict(b)) => Ok(a == b),
        (Int(_), Int(_)) | (Float(_), Float(_)) | (Str(_), Str(_)) | (Tuple(_), Tuple(_)) => {
            Err(unknown("`is` between two such values"))
        }
        (Outside(_) | Function(_), _) | (_, Outside(_) | Function(_)) => {
            Err(unknown("a comparison with a function or module"))
        }
        _ => Ok(false),
    }
}

fn checked(result: Option<i128>) -> Outcome {
    result.map(Value::Int).ok_or_else(|| unknown("an int this large"))
}

/// Whether a float can hold the int.
fn is_exact(int: i128) -> bool {
    int.unsigned_abs() <= 1 << 53
}

fn integers(operator: Binary, a: i128, b: i128) -> Outcome {
    let zero = || unknown("division by zero");
    match operator {
        Binary::Add => checked(a.checked_add(b)),
        Binary::Subtract => checked(a.checked_sub(b)),
        Binary::Multiply => checked(a.checked_mul(b)),
        Binary::FloorDivide if b == 0 => Err(zero()),
        Binary::Modulo if b == 0 => Err(zero()),
        Binary::FloorDivide => checked(floor_divide(a, b)),
        Binary::Modulo => checked(
            floor_divide(a, b).and_then(|quotient| quotient.checked_mul(b)).map(|whole| a - whole),
        ),
        Binary::Power if b < 0 => floats(operator, a as f64, b as f64),
        Binary::Power => checked(u32::try_from(b).ok().and_then(|power| a.checked_pow(power))),
        Binary::ShiftLeft => {
            let power = u32::try_from(b).ok().and_then(|power| 2_i128.checked_pow(power));
            checked(power.and_then(|factor| a.checked_mul(factor)))
        }
        Binary::ShiftRight if b < 0 => Err(unknown("a negative shift")),
        Binary::ShiftRight => Ok(Value::Int(a >> b.min(127))),
        Binary::And => Ok(Value::Int(a & b)),
        Binary::Or => Ok(Value::Int(a | b)),
        Binary::Xor => Ok(Value::Int(a ^ b)),
        Binary::Divide | Binary::MatrixMultiply => Err(unknown("this operator between ints")),
    }
}

/// Rounds down, as Python does, not towards zero.
fn floor_divide(a: i128, b: i128) -> Option<i128> {
    let quotient = a.checked_div(b)?;
    let round_down = a.checked_rem(b)? != 0 && (a < 0) != (b < 0);
    quotient.checked_sub(i128::from(round_down))
}

fn floats(operator: Binary, a: f64, b: f64) -> Outcome {
    let divides = matches!(operator, Binary::Divide | Binary::FloorDivide | Binary::Modulo);
    if divides && b == 0.0 {
        return Err(unknown("division by zero"));
    }
    Ok(Value::Float(match operator {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        _ => return Err(unknown("this operator between floats")),
    }))
}
