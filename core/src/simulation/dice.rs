//! All chance of a world, from its seed: the same seed throws the same dice on every machine.
//!
//! SplitMix64 (Steele, Lea and Flood 2014, <https://doi.org/10.1145/2660193.2660195>): small, fast, and good
//! enough to choose faults. Not for secrets.

/// Dice.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number from 0 up to, but not including, `end`; 0 where `end` is 0.
    pub const fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// A number from `low` to `high`, both included.
    pub const fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.below((high - low + 1).unsigned_abs()) as i64)
    }

    /// Milliseconds up to `high`, small ones as likely as large ones: delays of a second beside delays of hours.
    pub const fn spread(&mut self, high: i64) -> i64 {
        let magnitude = (64 - high.unsigned_abs().leading_zeros()) as i64;
        let bound = 1_i64 << self.between(0, magnitude);
        let bound = if bound < high { bound } else { high };
        self.between(0, bound)
    }

    /// True in `per_mille` of a thousand throws.
    pub const fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1_000) < per_mille as u64
    }

    /// One of these. The slice must not be empty.
    pub fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.index(among.len())]
    }

    /// An index into something of this length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }

    /// Random bytes.
    pub const fn bytes(&mut self) -> [u8; 8] {
        self.next().to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_dice() {
        let throws = |seed| {
            let mut dice = Dice::new(seed);
            (0..5).map(|_| dice.next()).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        assert_eq!(throws(0)[0], 0xE220_A839_7B1D_CDAF, "the reference's first value for seed 0");
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut dice = Dice::new(1);
        for _ in 0..1_000 {
            assert!((-3..=3).contains(&dice.between(-3, 3)));
            assert!((0..=86_400_000).contains(&dice.spread(86_400_000)));
        }
        assert_eq!((dice.below(0), dice.chance(0), dice.chance(1_000)), (0, false, true));
    }
}
