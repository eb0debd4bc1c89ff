//! How alike two questions are: by the grams of the words that carry them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::faq::features::grams;
use crate::faq::fold::fold;
use crate::order::gathered;

/// From here on two questions are taken for one. Found on the phrasings of the sample packs; see `docs/learning.md`.
pub(super) const ALIKE: f32 = 0.5;

/// Words that most questions have, whatever they are about.
const COMMON: &str = "ich, du, er, sie, es, wir, ihr, man, mich, mir, sich, uns, mein, meine, meinen, meinem, meiner, \
    ein, eine, einen, einem, einer, der, die, das, den, dem, des, und, oder, aber, auch, noch, nur, denn, doch, \
    mal, bitte, hallo, guten, tag, danke, ist, sind, war, bin, seid, sein, hat, habe, haben, hab, habt, wird, werden, wurde, \
    kann, könnt, kannst, können, könnte, darf, dürfen, muss, müssen, soll, sollen, will, wollen, möchte, \
    gibt, gibts, geht, machen, macht, tun, wo, wie, was, wann, wer, wen, wem, warum, wieso, welche, welcher, welches, \
    wieviel, viel, viele, ob, wenn, dass, in, im, an, am, auf, aus, bei, beim, mit, nach, von, vom, vor, zu, zum, zur, \
    für, um, über, unter, bis, ab, so, da, hier, dort, jetzt, heute, nicht, kein, keine, keinen, \
    i, you, he, she, it, we, they, me, my, your, our, us, a, an, the, and, or, but, also, just, please, hello, hi, \
    thanks, is, are, was, were, am, be, been, do, does, did, have, has, had, can, could, may, must, should, will, \
    would, want, there, get, go, where, how, what, when, who, why, which, much, many, if, that, this, in, on, at, \
    of, for, from, with, to, by, about, here, now, today, not, no, any, some";

static COMMON_FOLDED: LazyLock<BTreeSet<String>> = LazyLock::new(|| gathered(COMMON.split(',').map(fold)));

/// A question in the form in which it is compared: its grams, ascending, each once.
#[derive(Clone, Debug)]
pub(super) struct Shape(Vec<u32>);

impl Shape {
    pub(super) fn new(text: &str) -> Self {
        let folded = fold(text);
        let rare: Vec<&str> = folded.split(' ').filter(|word| !COMMON_FOLDED.contains(*word)).collect();
        let mut grams = if rare.is_empty() { grams(&folded) } else { grams(&rare.join(" ")) };
        grams.sort_unstable();
        grams.dedup();
        Self(grams)
    }

    /// From 0, nothing in common, to 1, the same words.
    pub(super) fn likeness(&self, other: &Self) -> f32 {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = 0_u32;
        while let (Some(one), Some(two)) = (left.peek(), right.peek()) {
            match one.cmp(two) {
                std::cmp::Ordering::Less => drop(left.next()),
                std::cmp::Ordering::Greater => drop(right.next()),
                std::cmp::Ordering::Equal => {
                    common += 1;
                    left.next();
                    right.next();
                }
            }
        }
        let size = (self.0.len() as f32 * other.0.len() as f32).sqrt();
        if size > 0.0 { common as f32 / size } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_ask_the_same_are_alike_and_common_words_count_for_nothing() {
        for (name, left, right, expected) in [
            ("order of words", "Wann kommt die Müllabfuhr?", "kommt die muellabfuhr heute", true),
            ("an ending", "Gibt es Parkplätze?", "Wo ist der Parkplatz?", true),
            ("a typing error", "Fällt die Schule aus?", "fällt die schuhle heute aus", true),
            ("the same frame", "Wo kann ich parken?", "Wo kann ich schlafen?", false),
            ("common words only", "Was ist das?", "was ist das", true),
            ("nothing to compare", "…", "…", false),
        ] {
            assert_eq!(Shape::new(left).likeness(&Shape::new(right)) >= ALIKE, expected, "{name}");
        }
    }
}
