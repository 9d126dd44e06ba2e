//! Typed views of nodes: their parts by name, where all of them are there.

use crate::ast::{Ast, NodeId};
use crate::kind::{Field, Kind};

/// Declares views: the kinds of node that each is of, and the fields that make its parts.
macro_rules! views {
    ($($(#[$meta:meta])* $view:ident of $($kind:ident)|+ { $($(#[$part_meta:meta])* $part:ident: $field:ident),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $view {
            $($(#[$part_meta])* pub $part: NodeId),+
        }

        impl $view {
            /// The view of a node; `None` when it is of another kind, or lacks a part (where the text is no Python).
            #[must_use]
            pub fn cast(ast: &Ast, node: NodeId) -> Option<Self> {
                match ast.kind(node) {
                    $(Kind::$kind)|+ => Some(Self {
                        $($part: ast.child(node, Field::$field)?),+
                    }),
                    _ => None,
                }
            }
        }
    )+};
}

views! {
    /// `object.name`
    Attribute of Attribute {
        /// What stands before the dot.
        object: Object,
        /// The identifier after it.
        name: Attribute,
    }

    /// `function(arguments)`
    Call of Call {
        /// What is called.
        function: Function,
        /// The arguments with their parentheses; a generator expression when it is the only one.
        arguments: Arguments,
    }

    /// `name=value` in a call
    KeywordArgument of KeywordArgument {
        /// The identifier.
        name: Name,
        /// Its value.
        value: Value,
    }

    /// `value[index]`
    Subscript of Subscript {
        /// What stands before the brackets.
        value: Value,
        /// What stands in them; the first of several.
        index: Subscript,
    }

    /// `for target in iterable`, a statement or a clause of a comprehension
    Loop of For | ForInClause {
        /// What is bound.
        target: Left,
        /// What is iterated over.
        iterable: Right,
    }

    /// `left + right`, `left and right`; comparisons are none
    Binary of BinaryOperator | BooleanOperator {
        /// The left operand.
        left: Left,
        /// The operator.
        operator: Operator,
        /// The right operand.
        right: Right,
    }

    /// `def name(…): body`, `class name: body`
    Definition of FunctionDef | ClassDef {
        /// The identifier.
        name: Name,
        /// The block.
        body: Body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Parse;

    const CODE: &str = "def f():\n    for x in a.b(c=d)[e:g]:\n        return h + (i or j)\n";

    /// The texts of the parts of the first node that the view takes.
    fn parts<V>(
        cast: fn(&Ast, NodeId) -> Option<V>,
        of: fn(&V) -> Vec<NodeId>,
    ) -> Vec<&'static str> {
        let parse = Parse::new(CODE.to_owned());
        let ast = parse.ast();
        let view = ast.ids().find_map(|id| cast(ast, id)).unwrap();
        of(&view).into_iter().map(|id| ast.text(id, CODE)).collect()
    }

    #[test]
    fn parts_have_names() {
        assert_eq!(parts(Definition::cast, |v| vec![v.name]), ["f"]);
        assert_eq!(
            parts(Loop::cast, |v| vec![v.target, v.iterable]),
            ["x", "a.b(c=d)[e:g]"]
        );
        assert_eq!(
            parts(Subscript::cast, |v| vec![v.value, v.index]),
            ["a.b(c=d)", "e:g"]
        );
        assert_eq!(
            parts(Call::cast, |v| vec![v.function, v.arguments]),
            ["a.b", "(c=d)"]
        );
        assert_eq!(
            parts(Attribute::cast, |v| vec![v.object, v.name]),
            ["a", "b"]
        );
        assert_eq!(
            parts(KeywordArgument::cast, |v| vec![v.name, v.value]),
            ["c", "d"]
        );
        assert_eq!(
            parts(Binary::cast, |v| vec![v.left, v.operator, v.right]),
            ["h", "+", "(i or j)"]
        );
    }

    #[test]
    fn what_is_of_another_kind_or_incomplete_is_none() {
        let parse = Parse::new("x = 1\n".to_owned());
        let ast = parse.ast();
        assert!(ast.ids().all(|id| Binary::cast(ast, id).is_none()));
        assert_eq!(Attribute::cast(ast, NodeId::ROOT), None);
        let parse = Parse::new("for x in\n".to_owned());
        let ast = parse.ast();
        assert!(ast.ids().all(|id| Loop::cast(ast, id).is_none()));
    }
}
