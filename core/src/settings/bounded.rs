//! A whole number with its range and default in the type.

use serde::{Deserialize, Serialize};

/// A whole number from `MIN` to `MAX`, `DEFAULT` where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Bounded<const MIN: u32, const MAX: u32, const DEFAULT: u32>(u32);

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> Bounded<MIN, MAX, DEFAULT> {
    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> Default for Bounded<MIN, MAX, DEFAULT> {
    fn default() -> Self {
        const { assert!(MIN <= DEFAULT && DEFAULT <= MAX) };
        Self(DEFAULT)
    }
}

/// A number outside its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value} is out of range; write a number from {min} to {max}")]
pub struct OutOfRange {
    value: i64,
    min: u32,
    max: u32,
}

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> TryFrom<i64> for Bounded<MIN, MAX, DEFAULT> {
    type Error = OutOfRange;

    fn try_from(value: i64) -> Result<Self, OutOfRange> {
        match u32::try_from(value) {
            Ok(number) if (MIN..=MAX).contains(&number) => Ok(Self(number)),
            _ => Err(OutOfRange { value, min: MIN, max: MAX }),
        }
    }
}

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> From<Bounded<MIN, MAX, DEFAULT>> for i64 {
    fn from(number: Bounded<MIN, MAX, DEFAULT>) -> Self {
        number.0.into()
    }
}
