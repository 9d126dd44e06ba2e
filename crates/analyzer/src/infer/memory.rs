//! Inference in rounds, of which an edit repeats only what it changes.
//!
//! A round infers every file with what the round before learned: what functions return and are called with, what
//! variables and attributes hold. The first one knows nothing; when nothing new is learned, the last one counts.
//!
//! One inference of one file is a [`Run`]. What it finds depends on the file, what the links answer to its questions, and
//! what is known of the keys that it consumes. So a run of the same round of the last analysis, or of the round before, is as good as a new one
//! when none of these changed, and the outcome is that of an analysis from nothing.

use std::sync::Arc;

use super::asked::{Asked, Questions};
use super::knowledge::{Differences, Exchange, Keys, Knowledge, Run};
use super::{FileAnalysis, Inference};
use crate::facts::FileFacts;
use crate::world::Links;

/// Types go one call further each round; this many calls deep they are followed.
const MOST_ROUNDS: usize = 7;

/// What the last analysis found, as far as it still holds.
#[derive(Default)]
pub(crate) struct Memory {
    questions: Questions,
    keys: Keys,
    rounds: Vec<Round>,
    /// By file, what its latest run found; older runs keep only what they learned.
    found: Vec<Option<(Arc<Run>, Arc<FileAnalysis>)>>,
}

struct Round {
    /// What it starts with.
    knowledge: Arc<Knowledge>,
    /// By file; none where it does not hold any more.
    runs: Vec<Option<Arc<Run>>>,
}

impl Memory {
    /// The file has another text.
    pub(crate) fn forget(&mut self, file: usize) {
        let runs = self
            .rounds
            .iter_mut()
            .filter_map(|round| round.runs.get_mut(file));
        for run in runs {
            *run = None;
        }
        if let Some(found) = self.found.get_mut(file) {
            *found = None;
        }
    }

    /// The same files are linked otherwise.
    pub(crate) fn relink(&mut self, old: &Links, new: &Links) {
        let answers = self.questions.differences(old, new);
        for run in self.rounds.iter_mut().flat_map(|round| &mut round.runs) {
            run.take_if(|run| !run.outlives(&answers));
        }
        for found in &mut self.found {
            found.take_if(|(run, _)| !run.outlives(&answers));
        }
    }

    /// Infers all files. `tell` gets the round, and how many files are done in it.
    pub(crate) fn infer(
        &mut self,
        links: &Links,
        files: &[FileFacts],
        tell: impl Fn(usize, usize),
    ) -> Vec<Arc<FileAnalysis>> {
        let Self {
            questions,
            keys,
            rounds,
            found,
        } = self;
        found.resize(files.len(), None);
        let infer = |file, facts, knowledge: &Knowledge| {
            let exchange = Exchange::new(file, keys, knowledge);
            Inference::new(Asked::new(links, questions), file, facts, exchange).run()
        };
        let mut last_time = std::mem::take(rounds).into_iter().peekable();
        let mut knowledge = Arc::new(Knowledge::default());
        for number in 1..=MOST_ROUNDS {
            let same_round = last_time.next();
            let earlier: Vec<(Differences, &Round)> = same_round
                .iter()
                .chain(rounds.last())
                .map(|round| (differences(&knowledge, &round.knowledge), round))
                .collect();
            let mut runs = Vec::with_capacity(files.len());
            for ((file, facts), found) in files.iter().enumerate().zip(found.iter_mut()) {
                let standing = earlier.iter().find_map(|(differences, round)| {
                    let run = round.runs.get(file)?.as_ref()?;
                    run.stands(differences).then(|| run.clone())
                });
                runs.push(Some(standing.unwrap_or_else(|| {
                    let (run, analysis) = infer(file, facts, &knowledge);
                    let run = Arc::new(run);
                    *found = Some((run.clone(), Arc::new(analysis)));
                    run
                })));
                tell(number, file + 1);
            }
            let learned = match (&same_round, last_time.peek()) {
                (Some(round), Some(next)) if all_same(&round.runs, &runs) => next.knowledge.clone(),
                _ => Arc::new(Knowledge::of(runs.iter().flatten().map(Arc::as_ref))),
            };
            let is_last = differences(&learned, &knowledge).is_empty();
            rounds.push(Round { knowledge, runs });
            knowledge = learned;
            if is_last {
                break;
            }
        }
        let Some(Round { knowledge, runs }) = rounds.last() else {
            return Vec::new();
        };
        let mut analyses = Vec::with_capacity(files.len());
        for (((file, facts), run), found) in files
            .iter()
            .enumerate()
            .zip(runs.iter().flatten())
            .zip(found)
        {
            analyses.push(match found {
                Some((of, analysis)) if Arc::ptr_eq(of, run) => analysis.clone(),
                // A run of the last time stands that is not the latest of its file.
                _ => {
                    let (_, analysis) = infer(file, facts, knowledge);
                    let analysis = Arc::new(analysis);
                    *found = Some((run.clone(), analysis.clone()));
                    analysis
                }
            });
        }
        analyses
    }
}

fn differences(a: &Arc<Knowledge>, b: &Arc<Knowledge>) -> Differences {
    if Arc::ptr_eq(a, b) {
        Differences::default()
    } else {
        a.differences(b)
    }
}

/// True when the runs are the very same.
fn all_same(a: &[Option<Arc<Run>>], b: &[Option<Arc<Run>>]) -> bool {
    let same = |(a, b): (&Option<Arc<Run>>, &Option<Arc<Run>>)| match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        _ => false,
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use unblocked_syntax::Parse;

    /// A chain of calls through files, later and earlier ones in turn, with variables that hold what they give.
    const CHAIN: [(&str, &str); 4] = [
        (
            "a.py",
            "import b\nfrom models import Order\n\nROWS = b.two(Order.objects.all())\n\ndef one(x):\n    return b.two(x)\n\ndef three(x):\n    return b.four(x)\n\ndef five(x):\n    x.customer.address\n    return x\n",
        ),
        (
            "b.py",
            "import a, c\n\ndef two(x):\n    return a.three(x)\n\ndef four(x):\n    c.KEEP.rows = x\n    return a.five(x)\n",
        ),
        (
            "c.py",
            "import a\n\nclass Keep:\n    def first(self):\n        return self.rows.first()\n\nKEEP = Keep()\nFIRST = a.ROWS.first()\nFOUND = KEEP.first()\n",
        ),
        (
            "d.py",
            "import a, c\n\ndef view(request):\n    c.FIRST.customer\n    print(c.FOUND.customer, a.one(c.FIRST), a.ROWS)\n",
        ),
    ];

    fn parsed() -> Vec<FileFacts> {
        CHAIN
            .iter()
            .map(|&(path, text)| FileFacts::new(path, Parse::new(text.to_owned())))
            .collect()
    }

    fn linked(files: &[FileFacts]) -> Links {
        Links::new(files.iter().map(|file| file.interface().clone()).collect())
    }

    /// Every file in every round.
    fn plainly(links: &Links, files: &[FileFacts]) -> (usize, Vec<FileAnalysis>) {
        let (questions, keys) = (Questions::default(), Keys::default());
        let mut knowledge = Knowledge::default();
        let mut found = Vec::new();
        for round in 0..MOST_ROUNDS {
            let mut runs = Vec::new();
            found.clear();
            for (file, facts) in files.iter().enumerate() {
                let exchange = Exchange::new(file, &keys, &knowledge);
                let asked = Asked::new(links, &questions);
                let (run, analysis) = Inference::new(asked, file, facts, exchange).run();
                runs.push(run);
                found.push(analysis);
            }
            let learned = Knowledge::of(runs.iter());
            if learned.differences(&knowledge).is_empty() {
                return (round, found);
            }
            knowledge = learned;
        }
        (MOST_ROUNDS, found)
    }

    #[test]
    fn runs_that_stand_are_as_good_as_new_ones() {
        let mut files = parsed();
        let links = linked(&files);
        let mut memory = Memory::default();
        let mut rounds = std::collections::BTreeSet::new();
        let mut replace =
            |files: &mut Vec<FileFacts>, memory: &mut Memory, edit: (&str, &str, &str)| {
                let (path, what, with) = edit;
                let at = files.iter().position(|file| file.path == path).unwrap();
                let text = files[at].text().replace(what, with);
                assert_ne!(text, files[at].text());
                files[at] = FileFacts::new(path, Parse::new(text));
                assert!(links.is_of(files.iter().map(FileFacts::interface)));
                memory.forget(at);
                let (round, plain) = plainly(&links, files);
                let kept = memory.infer(&links, files, |_, _| {});
                assert!(kept.iter().map(Arc::as_ref).eq(&plain), "{edit:?}");
                rounds.insert(round);
            };
        for edit in [
            ("d.py", "a.ROWS)", "a.ROWS, 1)"),
            ("a.py", "x.customer.address", "x.customer"),
            ("a.py", "return x", "return x.first()"),
            ("b.py", "return a.three(x)", "return x"),
            ("c.py", "return self.rows.first()", "return self.rows"),
            ("b.py", "return x", "return a.three(x)"),
            ("a.py", "return x.first()", "return x"),
            ("a.py", "return b.four(x)", "return b.four([x])"),
            ("a.py", "x.customer", "x.customer.address"),
            ("a.py", "b.four([x])", "a.one(x)"),
        ] {
            replace(&mut files, &mut memory, edit);
        }
        assert!(rounds.len() > 1, "longer and shorter ways: {rounds:?}");
    }
}
