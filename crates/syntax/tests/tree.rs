//! What users of a tree rely on.

use unblocked_syntax::{Ast, Field, Kind, NodeId, Parse, Span};

fn parse(text: &str) -> Parse {
    Parse::new(text.to_owned())
}

fn of_kind(ast: &Ast, kind: Kind) -> Vec<NodeId> {
    ast.ids().filter(|&id| ast.kind(id) == kind).collect()
}

#[test]
fn a_subtree_is_a_run_of_nodes_and_parents_come_first() {
    let parse = parse(
        "class A:\n    def f(self):\n        return [x for x in self.y if x]\n\nz = A().f()\n",
    );
    let ast = parse.ast();
    assert_eq!(ast.kind(NodeId::ROOT), Kind::Module);
    for id in ast.ids() {
        let below: Vec<NodeId> = ast.ids().filter(|&other| ast.contains(id, other)).collect();
        assert_eq!(ast.subtree(id).collect::<Vec<_>>(), below);
        assert_eq!(ast.after(id).index(), id.index() + below.len());
        let children: Vec<NodeId> = ast
            .ids()
            .filter(|&other| ast.parent(other) == Some(id))
            .collect();
        assert_eq!(ast.children(id).collect::<Vec<_>>(), children);
        for child in children {
            assert!(id < child && ast.span(id).contains(ast.span(child)));
            assert_eq!(ast.depth(child), ast.depth(id) + 1);
        }
        assert_eq!(ast.ancestors(id).count(), ast.depth(id) as usize);
    }
    assert_eq!(ast.parent(NodeId::ROOT), None);
}

/// Kinds and texts in order, indented by depth.
fn outline(text: &str) -> Vec<String> {
    let parse = parse(text);
    let ast = parse.ast();
    ast.ids()
        .map(|id| {
            let field = ast
                .field(id)
                .map_or(String::new(), |field| format!("{field:?} "));
            format!(
                "{} {field}{:?} {}",
                ast.depth(id),
                ast.kind(id),
                ast.text(id, text)
            )
        })
        .collect()
}

#[test]
fn a_splat_holds_the_whole_expression_after_it() {
    assert_eq!(
        outline("[*a.b(c).d]")[2..],
        [
            "2 List [*a.b(c).d]",
            "3 ListSplat *a.b(c).d",
            "4 Attribute a.b(c).d",
            "5 Object Call a.b(c)",
            "6 Function Attribute a.b",
            "7 Object Identifier a",
            "7 Attribute Identifier b",
            "6 Arguments ArgumentList (c)",
            "7 Identifier c",
            "5 Attribute Identifier d",
        ]
    );
    for operand in ["a.b()", "(a).b(*c.d())", "a[b]", "a.b() | c", "a"] {
        for (open, close, skip) in [
            ("[", "]", 4),
            ("{", "}", 4),
            ("f(", ")", 6),
            ("(x, ", ")", 5),
        ] {
            let splat = outline(&format!("{open}* {operand}{close}"));
            assert_eq!(
                splat[skip - 1],
                format!(
                    "{} ListSplat * {operand}",
                    splat[skip - 1].split(' ').next().unwrap()
                )
            );
            let alone: Vec<String> = outline(operand)[2..]
                .iter()
                .map(|line| line.split_once(' ').unwrap().1.to_owned())
                .collect();
            let within: Vec<String> = splat[skip..]
                .iter()
                .map(|line| line.split_once(' ').unwrap().1.to_owned())
                .collect();
            assert_eq!(within, alone, "{open}* {operand}{close}");
        }
    }
}

#[test]
fn comments_and_continued_lines_are_no_nodes() {
    let text = "# one\nx = f(  # two\n    a, \\\n    b,\n)\n# three\n";
    let parse = parse(text);
    let ast = parse.ast();
    let comments: Vec<&str> = ast.comments().iter().map(|span| span.of(text)).collect();
    assert_eq!(comments, ["# one", "# two", "# three"]);
    let list = of_kind(ast, Kind::ArgumentList)[0];
    let arguments: Vec<&str> = ast.children(list).map(|id| ast.text(id, text)).collect();
    assert_eq!(arguments, ["a", "b"]);
    assert!(ast.has_comment(ast.span(list)));
    assert!(!ast.has_comment(Span::new(6, 12)));
}

#[test]
fn async_is_known_of_functions_loops_with_and_clauses() {
    let text = "async def f():\n    async for x in y: pass\n    async with z: pass\n    return [a async for a in b]\n\ndef g():\n    for x in y: pass\n    with z: pass\n    return [a for a in b]\n";
    let parse = parse(text);
    let ast = parse.ast();
    for kind in [Kind::FunctionDef, Kind::For, Kind::With, Kind::ForInClause] {
        let colors: Vec<bool> = of_kind(ast, kind)
            .into_iter()
            .map(|id| ast.is_async(id))
            .collect();
        assert_eq!(colors, [true, false], "{kind:?}");
    }
    let others = ast.ids().filter(|&id| ast.is_async(id)).count();
    assert_eq!(others, 4);
}

#[test]
fn errors_are_known_where_they_are_and_nowhere_else() {
    let text =
        "def good():\n    return 1\n\ndef bad():\n    return 1 +* 2\n\ndef fine():\n    pass\n";
    let parse = parse(text);
    let ast = parse.ast();
    let broken: Vec<bool> = of_kind(ast, Kind::FunctionDef)
        .into_iter()
        .map(|id| ast.has_error(id))
        .collect();
    assert_eq!(broken, [false, true, false]);
    assert!(ast.has_error(NodeId::ROOT));
    assert!(!ast.errors().is_empty());
    let bad = Span::new(24, 55);
    assert!(
        ast.errors().iter().all(|&error| bad.contains(error)),
        "{:?}",
        ast.errors()
    );
    assert!(Parse::new("x = 1\n".to_owned()).ast().errors().is_empty());
}

#[test]
fn what_only_python_2_reads_is_an_error() {
    for text in [
        "print x\n",
        "print >>f, x\n",
        "exec code\n",
        "x = `y`\n",
        "raise A, 'b'\n",
        "if x:\n    def f():\n        print 1, 2\n",
    ] {
        let parse = parse(text);
        let ast = parse.ast();
        assert!(ast.has_error(NodeId::ROOT), "{text}");
        assert!(!ast.errors().is_empty(), "{text}");
        for function in of_kind(ast, Kind::FunctionDef) {
            assert!(ast.has_error(function), "{text}");
        }
    }
    for text in [
        "print(x)\n",
        "print\n",
        "print = 1\n",
        "raise A('b') from c\n",
        "exec('x')\n",
        "f'`{x}`'\n",
    ] {
        assert!(!parse(text).ast().has_error(NodeId::ROOT), "{text}");
    }
}

#[test]
fn operators_are_children_with_a_field() {
    let text = "a not in b < c\n";
    let parse = parse(text);
    let ast = parse.ast();
    let comparison = of_kind(ast, Kind::Comparison)[0];
    let parts: Vec<(&str, bool)> = ast
        .children(comparison)
        .map(|id| (ast.text(id, text), ast.field(id) == Some(Field::Operators)))
        .collect();
    assert_eq!(
        parts,
        [
            ("a", false),
            ("not in", true),
            ("b", false),
            ("<", true),
            ("c", false)
        ]
    );
}

#[test]
fn a_statement_comes_with_its_decorators() {
    let text = "@cache\ndef f(a=g(1)):\n    return (h(2))\n";
    let parse = parse(text);
    let ast = parse.ast();
    let statement = |number: &str| {
        let id = ast.ids().find(|&id| ast.text(id, text) == number).unwrap();
        ast.statement(id).map(|id| ast.kind(id))
    };
    assert_eq!(statement("1"), Some(Kind::Decorated));
    assert_eq!(statement("2"), Some(Kind::Return));
    let returned = ast.first_child(of_kind(ast, Kind::Return)[0]).unwrap();
    assert_eq!(ast.text(ast.unparenthesized(returned), text), "h(2)");
}

#[test]
fn a_text_that_would_stall_the_parser_is_an_error_as_a_whole() {
    let text = "\\\n".repeat(5000);
    let stalled = parse(&text);
    assert!(stalled.ast().is_empty());
    assert_eq!(stalled.ast().errors(), [Span::new(0, 10_000)]);
    // One edit on, it is parsed.
    let mut parse = stalled;
    assert!(parse.edit(Span::new(0, 10_000), "x = \\\n    1\n"));
    assert_eq!(of_kind(parse.ast(), Kind::Assignment).len(), 1);
}
