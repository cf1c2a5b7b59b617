//! The syntax tree: what [`super::parser`] makes and [`super::eval`] walks.
//!
//! Chains (`a + b + c`, `a.b.c`, `elif` after `elif`) are flat lists, so that a long chain is not
//! a deep tree: how deep a tree can be is bounded by the parser alone.

use std::rc::Rc;

/// Statements that belong together.
pub(super) type Block = Vec<Statement>;

#[derive(Debug)]
pub(super) struct Statement {
    pub(super) line: usize,
    pub(super) action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    Pass,
    Break,
    Continue,
    Expression(Expr),
    Assign {
        targets: Vec<Expr>,
        value: Expr,
    },
    /// `target op= value`
    Augment {
        target: Expr,
        operator: Binary,
        value: Expr,
    },
    Delete(Vec<Expr>),
    /// Pairs of the name bound and the dotted path of what it is bound to.
    Import(Vec<(Rc<str>, Rc<str>)>),
    If {
        branches: Vec<(Expr, Block)>,
        otherwise: Block,
    },
    For {
        target: Expr,
        items: Expr,
        body: Block,
        otherwise: Block,
    },
    /// Blocks that may run or not, in a way that is not followed: `try`, `while`, `with`.
    Maybe {
        what: &'static str,
        binds: Vec<Rc<str>>,
        blocks: Vec<Block>,
    },
    Function(Rc<Function>),
    /// Cannot be understood; all these names may have changed.
    Unreadable {
        names: Vec<Rc<str>>,
        reason: String,
    },
}

/// A `def` or `lambda`: it is never run.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: Rc<str>,
    /// Every name in it, since a call may change what they hold.
    pub(super) mentions: Vec<Rc<str>>,
}

#[derive(Debug)]
pub(super) struct Expr {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Rc<str>),
    Name(Rc<str>),
    /// A string made of several, some of them f-strings.
    Joined(Vec<Piece>),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Set(Vec<Expr>),
    /// Without a key: `**value`.
    Dict(Vec<(Option<Expr>, Expr)>),
    Comprehension {
        shape: Shape,
        clauses: Vec<Clause>,
    },
    Starred(Box<Expr>),
    /// The operators from the outermost to the innermost.
    Unary(Vec<Unary>, Box<Expr>),
    Binary(Box<Expr>, Vec<(Binary, Expr)>),
    Compare(Box<Expr>, Vec<(Compare, Expr)>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Choice {
        condition: Box<Expr>,
        yes: Box<Expr>,
        no: Box<Expr>,
    },
    Trailed(Box<Expr>, Vec<Trailer>),
    Lambda(Rc<Function>),
    Unsupported(String),
}

/// What a comprehension makes, and of what.
#[derive(Debug)]
pub(super) enum Shape {
    /// Lists and generators.
    List(Box<Expr>),
    Set(Box<Expr>),
    Dict(Box<Expr>, Box<Expr>),
}

#[derive(Debug)]
pub(super) enum Clause {
    For { target: Expr, items: Expr },
    If(Expr),
}

/// What follows a value: `.name`, `(…)`, `[…]`.
#[derive(Debug)]
pub(super) enum Trailer {
    Attribute(Rc<str>),
    Call(Vec<Argument>),
    Index(Expr),
    Slice([Option<Box<Expr>>; 3]),
}

#[derive(Debug)]
pub(super) struct Argument {
    pub(super) passed: Passed,
    pub(super) value: Expr,
}

#[derive(Debug)]
pub(super) enum Passed {
    ByPosition,
    ByName(Rc<str>),
    /// `*value`
    Spread,
    /// `**value`
    SpreadNamed,
}

/// A part of an f-string.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Value { value: Expr, conversion: Option<char>, spec: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Not,
    Plus,
    Minus,
    Invert,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    ShiftLeft,
    ShiftRight,
    And,
    Or,
    Xor,
    MatrixMultiply,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Is,
    IsNot,
}
