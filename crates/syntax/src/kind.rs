//! The kinds of syntax nodes and the fields that name their children: Python's grammar as plain enums.

use std::sync::LazyLock;

/// Declares an enum whose variants stand for names of the grammar, with a table from the grammar's ids.
macro_rules! grammar_names {
    ($(#[$meta:meta])* $enum:ident { $($(#[$vmeta:meta])* $variant:ident = $name:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $enum {
            /// Anything that has no variant of its own.
            Other,
            $(#[doc = concat!("`", $name, "`")] $(#[$vmeta])* $variant),*
        }

        impl $enum {
            fn from_name(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

grammar_names! {
    /// The kind of a node. Names are those of tree-sitter's Python grammar.
    Kind {
        Module = "module",
        Error = "ERROR",
        ExpressionStatement = "expression_statement",
        Assignment = "assignment",
        AugmentedAssignment = "augmented_assignment",
        Return = "return_statement",
        Raise = "raise_statement",
        Delete = "delete_statement",
        Assert = "assert_statement",
        Pass = "pass_statement",
        Break = "break_statement",
        Continue = "continue_statement",
        Global = "global_statement",
        Nonlocal = "nonlocal_statement",
        Import = "import_statement",
        ImportFrom = "import_from_statement",
        FutureImport = "future_import_statement",
        WildcardImport = "wildcard_import",
        AliasedImport = "aliased_import",
        DottedName = "dotted_name",
        RelativeImport = "relative_import",
        ImportPrefix = "import_prefix",
        Print = "print_statement",
        Exec = "exec_statement",
        TypeAlias = "type_alias_statement",
        If = "if_statement",
        Elif = "elif_clause",
        Else = "else_clause",
        For = "for_statement",
        While = "while_statement",
        Try = "try_statement",
        Except = "except_clause",
        Finally = "finally_clause",
        With = "with_statement",
        WithClause = "with_clause",
        WithItem = "with_item",
        Match = "match_statement",
        Case = "case_clause",
        CasePattern = "case_pattern",
        Block = "block",
        FunctionDef = "function_definition",
        ClassDef = "class_definition",
        Decorated = "decorated_definition",
        Decorator = "decorator",
        Parameters = "parameters",
        LambdaParameters = "lambda_parameters",
        DefaultParameter = "default_parameter",
        TypedParameter = "typed_parameter",
        TypedDefaultParameter = "typed_default_parameter",
        ListSplatPattern = "list_splat_pattern",
        DictionarySplatPattern = "dictionary_splat_pattern",
        KeywordSeparator = "keyword_separator",
        PositionalSeparator = "positional_separator",
        Type = "type",
        GenericType = "generic_type",
        UnionType = "union_type",
        MemberType = "member_type",
        TypeParameter = "type_parameter",
        Lambda = "lambda",
        Call = "call",
        ArgumentList = "argument_list",
        KeywordArgument = "keyword_argument",
        ListSplat = "list_splat",
        DictionarySplat = "dictionary_splat",
        Attribute = "attribute",
        Subscript = "subscript",
        Slice = "slice",
        Identifier = "identifier",
        Await = "await",
        Yield = "yield",
        BinaryOperator = "binary_operator",
        UnaryOperator = "unary_operator",
        BooleanOperator = "boolean_operator",
        NotOperator = "not_operator",
        Comparison = "comparison_operator",
        Conditional = "conditional_expression",
        NamedExpression = "named_expression",
        Parenthesized = "parenthesized_expression",
        ParenthesizedListSplat = "parenthesized_list_splat",
        ExpressionList = "expression_list",
        PatternList = "pattern_list",
        TuplePattern = "tuple_pattern",
        ListPattern = "list_pattern",
        AsPattern = "as_pattern",
        AsPatternTarget = "as_pattern_target",
        Tuple = "tuple",
        List = "list",
        Set = "set",
        Dictionary = "dictionary",
        Pair = "pair",
        ListComprehension = "list_comprehension",
        SetComprehension = "set_comprehension",
        DictionaryComprehension = "dictionary_comprehension",
        GeneratorExpression = "generator_expression",
        ForInClause = "for_in_clause",
        IfClause = "if_clause",
        String = "string",
        ConcatenatedString = "concatenated_string",
        StringStart = "string_start",
        StringContent = "string_content",
        StringEnd = "string_end",
        Interpolation = "interpolation",
        TypeConversion = "type_conversion",
        FormatSpecifier = "format_specifier",
        FormatExpression = "format_expression",
        Integer = "integer",
        Float = "float",
        True = "true",
        False = "false",
        None = "none",
        Ellipsis = "ellipsis",
        Comment = "comment",
        LineContinuation = "line_continuation",
    }
}

impl Kind {
    /// True for a statement, compound ones included.
    #[must_use]
    pub fn is_statement(self) -> bool {
        matches!(
            self,
            Self::ExpressionStatement
                | Self::Return
                | Self::Raise
                | Self::Delete
                | Self::Assert
                | Self::Pass
                | Self::Break
                | Self::Continue
                | Self::Global
                | Self::Nonlocal
                | Self::Import
                | Self::ImportFrom
                | Self::FutureImport
                | Self::Print
                | Self::Exec
                | Self::TypeAlias
                | Self::If
                | Self::For
                | Self::While
                | Self::Try
                | Self::With
                | Self::Match
                | Self::FunctionDef
                | Self::ClassDef
                | Self::Decorated
        )
    }

    /// True for a comprehension or generator expression.
    #[must_use]
    pub fn is_comprehension(self) -> bool {
        matches!(
            self,
            Self::ListComprehension
                | Self::SetComprehension
                | Self::DictionaryComprehension
                | Self::GeneratorExpression
        )
    }

    /// True for what may stand before `.`, `(` or `[` without parentheses.
    #[must_use]
    pub fn is_primary(self) -> bool {
        matches!(
            self,
            Self::Identifier
                | Self::Attribute
                | Self::Subscript
                | Self::Call
                | Self::Parenthesized
                | Self::List
                | Self::Set
                | Self::Tuple
                | Self::Dictionary
                | Self::ListComprehension
                | Self::SetComprehension
                | Self::DictionaryComprehension
                | Self::GeneratorExpression
                | Self::String
                | Self::ConcatenatedString
                | Self::Integer
                | Self::Float
                | Self::True
                | Self::False
                | Self::None
                | Self::Ellipsis
        )
    }
}

grammar_names! {
    /// What a node is to its parent. Names are those of tree-sitter's Python grammar.
    Field {
        Alias = "alias",
        Alternative = "alternative",
        Argument = "argument",
        Arguments = "arguments",
        Attribute = "attribute",
        Body = "body",
        Cause = "cause",
        Condition = "condition",
        Consequence = "consequence",
        Definition = "definition",
        Expression = "expression",
        Function = "function",
        Guard = "guard",
        Key = "key",
        Left = "left",
        ModuleName = "module_name",
        Name = "name",
        Object = "object",
        Operator = "operator",
        Operators = "operators",
        Parameters = "parameters",
        ReturnType = "return_type",
        Right = "right",
        Subject = "subject",
        Subscript = "subscript",
        Superclasses = "superclasses",
        Type = "type",
        Value = "value",
    }
}

/// The grammar's numeric ids, translated once.
pub(crate) struct Names {
    kinds: Vec<Kind>,
    fields: Vec<Field>,
}

impl Names {
    pub(crate) fn kind(&self, id: u16) -> Kind {
        if id == u16::MAX {
            return Kind::Error;
        }
        self.kinds
            .get(usize::from(id))
            .copied()
            .unwrap_or(Kind::Other)
    }

    pub(crate) fn field(&self, id: Option<std::num::NonZeroU16>) -> Option<Field> {
        self.fields.get(usize::from(id?.get())).copied()
    }
}

pub(crate) static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let language = tree_sitter::Language::from(tree_sitter_python::LANGUAGE);
    let kinds = (0..=u16::MAX)
        .map_while(|id| {
            (usize::from(id) < language.node_kind_count()).then(|| {
                let named = language.node_kind_is_named(id);
                match language.node_kind_for_id(id) {
                    Some(name) if named => Kind::from_name(name),
                    _ => Kind::Other,
                }
            })
        })
        .collect();
    let fields = (0..=u16::MAX)
        .map_while(|id| {
            (usize::from(id) <= language.field_count()).then(|| {
                language
                    .field_name_for_id(id)
                    .map_or(Field::Other, Field::from_name)
            })
        })
        .collect();
    Names { kinds, fields }
});
