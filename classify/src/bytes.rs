//! The binary form of compiled knowledge: small numbers small, nothing trusted.
//!
//! Whole numbers are LEB128, so that gaps between ascending numbers mostly take one byte; floats are
//! four bytes, little endian. A reader checks every length against what is left before it allocates.

/// Why bytes are not compiled knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BytesError {
    /// They do not begin as compiled knowledge does.
    #[error("not compiled knowledge")]
    Magic,
    /// Compiled by another version of lotse: compile the pack again.
    #[error("compiled knowledge of version {found}, this build reads version {expected}")]
    Version {
        /// The version in the bytes.
        found: u8,
        /// The version that this build reads.
        expected: u8,
    },
    /// The checksum does not match: truncated or changed on the way.
    #[error("compiled knowledge is damaged (checksum)")]
    Checksum,
    /// The checksum matches but the content does not make sense.
    #[error("compiled knowledge is damaged ({0})")]
    Content(&'static str),
}

/// FNV-1a over 64 bits, eight bytes at a time and the length last: guards against accidents, not against
/// forgery.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, value: u64| (hash ^ value).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    let (chunks, rest) = bytes.as_chunks::<8>();
    let hash = chunks.iter().fold(0xcbf2_9ce4_8422_2325, |hash, chunk| mix(hash, u64::from_le_bytes(*chunk)));
    mix(rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte))), bytes.len() as u64)
}

/// Collects bytes.
#[derive(Clone, Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// A whole number.
    pub fn number(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// A length, which must fit 32 bits.
    pub fn length(&mut self, length: usize) {
        self.number(u32::try_from(length).unwrap_or(u32::MAX));
    }

    /// A float.
    pub fn float(&mut self, value: f32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A whole number from −128 to 127.
    pub fn small(&mut self, value: i8) {
        self.0.push(value as u8);
    }

    /// Ascending numbers (repetition allowed) as their gaps.
    pub fn ascending(&mut self, values: &[u32]) {
        self.length(values.len());
        let mut last = 0;
        for value in values {
            self.number(value - last);
            last = *value;
        }
    }

    /// Raw bytes with their length.
    pub fn block(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.extend_from_slice(bytes);
    }
}

/// Takes bytes apart.
#[derive(Clone, Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// A whole number.
    ///
    /// # Errors
    /// When the bytes end or the number exceeds 32 bits.
    pub fn number(&mut self) -> Result<u32, BytesError> {
        let mut value = 0_u32;
        for shift in (0..32).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(BytesError::Content("ends early"))?;
            self.0 = rest;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && bits > 0xf {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(BytesError::Content("number too large"))
    }

    /// The length of something that takes at least one byte per item.
    ///
    /// # Errors
    /// When fewer bytes than that are left.
    pub fn length(&mut self) -> Result<usize, BytesError> {
        let length = self.number()? as usize;
        if length > self.0.len() { Err(BytesError::Content("length beyond the end")) } else { Ok(length) }
    }

    /// A finite float.
    ///
    /// # Errors
    /// When the bytes end, or at infinities and not-a-number.
    pub fn float(&mut self) -> Result<f32, BytesError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(BytesError::Content("ends early"))?;
        self.0 = rest;
        let value = f32::from_le_bytes(*bytes);
        if value.is_finite() { Ok(value) } else { Err(BytesError::Content("not a finite number")) }
    }

    /// A whole number from −128 to 127.
    ///
    /// # Errors
    /// When the bytes end.
    pub fn small(&mut self) -> Result<i8, BytesError> {
        let (byte, rest) = self.0.split_first().ok_or(BytesError::Content("ends early"))?;
        self.0 = rest;
        Ok(*byte as i8)
    }

    /// Ascending numbers below `bound`.
    ///
    /// # Errors
    /// When the bytes end or a number reaches the bound.
    pub fn ascending(&mut self, bound: u32) -> Result<Vec<u32>, BytesError> {
        let length = self.length()?;
        let mut values = Vec::with_capacity(length);
        let mut last = 0_u32;
        for _ in 0..length {
            last = last.checked_add(self.number()?).ok_or(BytesError::Content("number too large"))?;
            if last >= bound {
                return Err(BytesError::Content("number out of range"));
            }
            values.push(last);
        }
        Ok(values)
    }

    /// Raw bytes with their length.
    ///
    /// # Errors
    /// When the bytes end.
    pub fn block(&mut self) -> Result<&'a [u8], BytesError> {
        let length = self.length()?;
        let (block, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer::default();
        for value in [0, 127, 128, 300, u32::MAX] {
            writer.number(value);
        }
        writer.float(-1.5);
        writer.small(-7);
        writer.ascending(&[3, 3, 900, 70_000]);
        writer.block(b"text");
        let mut reader = Reader(&writer.0);
        for value in [0, 127, 128, 300, u32::MAX] {
            assert_eq!(reader.number(), Ok(value));
        }
        assert_eq!(reader.float(), Ok(-1.5));
        assert_eq!(reader.small(), Ok(-7));
        assert_eq!(reader.ascending(70_001), Ok(vec![3, 3, 900, 70_000]));
        assert_eq!(reader.block(), Ok(b"text".as_slice()));
        assert!(reader.0.is_empty());
    }

    #[test]
    fn damage_is_told_and_never_allocates_beyond_the_input() {
        assert_eq!(Reader(&[0x80]).number(), Err(BytesError::Content("ends early")));
        assert_eq!(Reader(&[0xff; 6]).number(), Err(BytesError::Content("number too large")));
        assert_eq!(Reader(&[0xff, 0xff, 0x7f, 1]).block(), Err(BytesError::Content("length beyond the end")));
        assert_eq!(Reader(&[2, 5, 9]).ascending(10), Err(BytesError::Content("number out of range")));
        assert!(Reader(&f32::NAN.to_le_bytes()).float().is_err());
    }
}
