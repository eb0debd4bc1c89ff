//! What is known of each character, unpacked once from the lists that the build script wrote.

use std::sync::LazyLock;

static PARTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/parts.bin"));
static MARKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/marks.bin"));

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);

/// Below it no character has parts or is a mark.
const FIRST: char = '\u{a0}';
/// So many characters share a page.
const PAGE: usize = 128;

/// What is known of a character, in one number: its class, whether it is a mark, how many parts it has, where they are.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known(u32);

impl Known {
    const LENGTH_AT: u32 = 9;
    const START_AT: u32 = 14;
    const MARK: u32 = 1 << 8;

    /// The canonical combining class: marks of different classes stand in the order of these.
    pub(crate) const fn class(self) -> u8 {
        self.0 as u8
    }

    pub(crate) const fn is_mark(self) -> bool {
        self.0 & Self::MARK != 0
    }

    /// The parts of the character; none where it is its own only part.
    pub(crate) fn parts(self) -> &'static [char] {
        let length = (self.0 >> Self::LENGTH_AT) as usize & 31;
        if length == 0 { &[] } else { &TABLES.parts[(self.0 >> Self::START_AT) as usize..][..length] }
    }
}

/// What is known of a character.
pub(crate) fn known(character: char) -> Known {
    if character < FIRST {
        return Known::default();
    }
    let (tables, at) = (&*TABLES, character as usize);
    tables.characters[usize::from(tables.pages[at / PAGE]) * PAGE + at % PAGE]
}

struct Tables {
    /// For each page of characters its place in `characters`; the first is that of all of which nothing is known.
    pages: Vec<u8>,
    characters: Vec<Known>,
    parts: Vec<char>,
}

impl Tables {
    fn new() -> Self {
        let pages = vec![0; char::MAX as usize / PAGE + 1];
        let mut tables = Self { pages, characters: vec![Known::default(); PAGE], parts: Vec::new() };
        tables.read_parts();
        tables.read_marks();
        tables
    }

    /// Four lists: how far each character is from the one before, how many parts it has, its first part as the distance
    /// from the first of the one before, and likewise all other parts.
    fn read_parts(&mut self) {
        let mut all = PARTS;
        let [mut gaps, mut lengths, mut firsts, mut others] = [(); 4].map(|()| {
            let length = number(&mut all) as usize;
            let (list, rest) = all.split_at(length);
            all = rest;
            list
        });
        let (mut at, mut first, mut other) = (0, 0, 0);
        while !gaps.is_empty() {
            at += number(&mut gaps);
            let (length, start) = (number(&mut lengths), self.parts.len() as u32);
            self.know(at, length << Known::LENGTH_AT | start << Known::START_AT);
            first = moved(first, number(&mut firsts));
            self.parts.extend(char::from_u32(first));
            for _ in 1..length {
                other = moved(other, number(&mut others));
                self.parts.extend(char::from_u32(other));
            }
        }
    }

    /// Runs of marks: how far each is from the one before, how long it is, and its class.
    fn read_marks(&mut self) {
        let (mut runs, mut at) = (MARKS, 0);
        while !runs.is_empty() {
            at += number(&mut runs);
            let (length, class) = (number(&mut runs), number(&mut runs));
            (at..at + length).for_each(|mark| self.know(mark, Known::MARK | class));
            at += length;
        }
    }

    fn know(&mut self, character: u32, what: u32) {
        let (at, new) = (character as usize, self.characters.len() / PAGE);
        let page = &mut self.pages[at / PAGE];
        if *page == 0 {
            // The tests would tell if there were more pages than fit.
            *page = new as u8;
            self.characters.resize((new + 1) * PAGE, Known::default());
        }
        self.characters[usize::from(*page) * PAGE + at % PAGE].0 |= what;
    }
}

/// Takes a number, LEB128, off a list.
fn number(list: &mut &[u8]) -> u32 {
    let (mut value, mut shift) = (0, 0);
    while let Some((byte, rest)) = list.split_first() {
        *list = rest;
        value |= u32::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

/// `from` moved by a distance, whose last bit tells the direction.
const fn moved(from: u32, distance: u32) -> u32 {
    from.wrapping_add((distance >> 1) ^ (distance & 1).wrapping_neg())
}
