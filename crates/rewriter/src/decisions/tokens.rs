//! The tokens of a file, hashed so that any range's hash costs nothing more.

use unblocked_analyzer::FileFacts;
use unblocked_syntax::{Kind, Span};

/// A Mersenne prime: hashes are numbers below it.
const PRIME: u64 = (1 << 61) - 1;
const BASE: u64 = 0x0000_5bd1_e995_9e37;

/// Where tokens start, and hashes of what comes before each. White space and comments are no tokens.
pub(super) struct Tokens {
    starts: Vec<u32>,
    /// One more than tokens.
    before: Vec<u64>,
    powers: Vec<u64>,
}

impl Tokens {
    pub(super) fn new(facts: &FileFacts) -> Self {
        let ast = facts.ast();
        let text = facts.text().as_bytes();
        let mut tokens = Self {
            starts: Vec::new(),
            before: vec![0],
            powers: vec![1],
        };
        let mut verbatim = ast
            .ids()
            .filter(|&id| {
                matches!(
                    ast.kind(id),
                    Kind::StringStart | Kind::StringContent | Kind::StringEnd
                )
            })
            .map(|id| ast.span(id))
            .peekable();
        let mut comments = ast.comments().iter().copied().peekable();
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            let here = u32::try_from(at).unwrap_or(u32::MAX);
            if let Some(comment) = next_at(&mut comments, here) {
                at = comment.end as usize;
            } else if let Some(string) = next_at(&mut verbatim, here) {
                tokens.push(here, text.get(string.range()).unwrap_or_default());
                at = string.end as usize;
            } else if byte.is_ascii_whitespace() || matches!(byte, b'\\' | b'\x0b') {
                at += 1;
            } else {
                let rest = text.get(at..).unwrap_or_default();
                let word = rest.iter().take_while(|&&byte| is_word(byte)).count();
                let length = word.max(1);
                tokens.push(here, rest.get(..length).unwrap_or_default());
                at += length;
            }
        }
        tokens
    }

    fn push(&mut self, start: u32, token: &[u8]) {
        let last = self.before.last().copied().unwrap_or(0);
        let power = self.powers.last().copied().unwrap_or(1);
        self.starts.push(start);
        self.before
            .push((multiply(last, BASE) + fnv(token) % PRIME) % PRIME);
        self.powers.push(multiply(power, BASE));
    }

    /// The hash of the tokens that start in a range.
    pub(super) fn hash(&self, span: Span) -> u64 {
        let first = self.starts.partition_point(|&start| start < span.start);
        let end = self.starts.partition_point(|&start| start < span.end);
        let at = |list: &[u64], index: usize| list.get(index).copied().unwrap_or(0);
        let skipped = multiply(
            at(&self.before, first),
            at(&self.powers, end.saturating_sub(first)),
        );
        (at(&self.before, end) + PRIME - skipped) % PRIME
    }
}

/// The product of two hashes, without a division.
fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let low = u64::try_from(product & u128::from(PRIME)).unwrap_or(0);
    let high = u64::try_from(product >> 61).unwrap_or(0);
    let sum = low + high;
    if sum >= PRIME { sum - PRIME } else { sum }
}

/// Takes the next span when it starts at an offset; drops those that start before it.
fn next_at(
    spans: &mut std::iter::Peekable<impl Iterator<Item = Span>>,
    offset: u32,
) -> Option<Span> {
    while spans
        .next_if(|span| span.start < offset || span.is_empty())
        .is_some()
    {}
    spans.next_if(|span| span.start == offset)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// FNV-1a: the same on every machine and in every version.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
