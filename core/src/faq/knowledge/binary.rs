//! The bytes of compiled knowledge, and back.

use super::super::bytes::{BytesError, Reader, Writer, checksum};
use super::super::calibrate::{Calibration, EVIDENCE, Logistic};
use super::super::matcher::Matcher;
use super::super::svm::{step, steps};
use super::Knowledge;
use super::stored::Content;

/// What compiled knowledge begins with; the byte after it is [`VERSION`].
pub(super) const MAGIC: &[u8; 7] = b"lotse-k";
/// Raise it with every change of the binary form, and of what compiling makes of a text.
pub const VERSION: u8 = 6;

impl Knowledge {
    /// The binary form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Writer::default();
        // Maps with text keys and numbers always serialise.
        body.block(&serde_json::to_vec(&self.content).unwrap_or_default());
        let calibration = &self.calibration;
        let weights = calibration.first.0.iter().chain(&calibration.among_three.0);
        weights.for_each(|weight| body.float(*weight));
        for cut in [calibration.answer_from, calibration.offer_from, calibration.balanced] {
            body.float(cut);
        }
        let step = step(calibration.trust.iter().copied());
        body.float(step);
        calibration.trust.iter().for_each(|offset| body.small(steps(*offset, step)));
        self.matcher.write(&mut body);
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend_from_slice(&checksum(&body.0).to_le_bytes());
        bytes.extend_from_slice(&body.0);
        bytes
    }

    /// Restores compiled knowledge.
    ///
    /// # Errors
    /// When the bytes are not compiled knowledge of this version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BytesError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(BytesError::Magic)?;
        let (found, rest) = rest.split_first().ok_or(BytesError::Magic)?;
        if *found != VERSION {
            return Err(BytesError::Version { found: *found, expected: VERSION });
        }
        let (sum, body) = rest.split_first_chunk().ok_or(BytesError::Checksum)?;
        if u64::from_le_bytes(*sum) != checksum(body) {
            return Err(BytesError::Checksum);
        }
        Self::read(body)
    }

    pub(super) fn read(body: &[u8]) -> Result<Self, BytesError> {
        let mut reader = Reader(body);
        let content: Content =
            serde_json::from_slice(reader.block()?).map_err(|_| BytesError::Content("texts"))?;
        let mut logistic = || -> Result<Logistic, BytesError> {
            let mut logistic = Logistic([0.0; EVIDENCE]);
            for weight in &mut logistic.0 {
                *weight = reader.float()?;
            }
            Ok(logistic)
        };
        let (first, among_three) = (logistic()?, logistic()?);
        let (answer_from, offer_from, balanced) = (reader.float()?, reader.float()?, reader.float()?);
        let step = reader.float()?;
        let trust = content.entries.iter().map(|_| Ok(f32::from(reader.small()?) * step));
        let trust = trust.collect::<Result<_, BytesError>>()?;
        let calibration = Calibration { first, trust, among_three, answer_from, offer_from, balanced };
        let matcher = Matcher::read(&mut reader)?;
        if matcher.entries() != content.entries.len() || matcher.languages() > content.languages.len() {
            return Err(BytesError::Content("texts and classifiers do not belong together"));
        }
        Ok(Self { rules: content.rules(), content, matcher, calibration, is_crisis: false })
    }
}
