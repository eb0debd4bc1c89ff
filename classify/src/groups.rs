//! Numbers in groups: the phrasings of each entry, the words of each length.

/// Groups of numbers, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Where each group begins; one more at the end.
    starts: Vec<u32>,
    /// Ascending within a group.
    members: Vec<u32>,
}

impl Groups {
    /// Puts ascending `members` into groups: `group_of` gives each one's, below `groups`.
    #[must_use]
    pub fn new(group_of: &[u32], members: &[u32], groups: usize) -> Self {
        let mut starts = vec![0_u32; groups + 1];
        members.iter().for_each(|member| starts[group_of[*member as usize] as usize + 1] += 1);
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        let (mut next, mut placed) = (starts.clone(), vec![0; members.len()]);
        for member in members {
            let at = &mut next[group_of[*member as usize] as usize];
            placed[*at as usize] = *member;
            *at += 1;
        }
        Self { starts, members: placed }
    }

    /// The members of a group.
    #[must_use]
    pub fn of(&self, group: u32) -> &[u32] {
        let at = group as usize;
        &self.members[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_has_its_members_in_order() {
        let groups = Groups::new(&[2, 0, 2, 1, 2], &[0, 1, 2, 4], 4);
        let of: Vec<&[u32]> = (0..4).map(|entry| groups.of(entry)).collect();
        assert_eq!(of, [&[1][..], &[], &[0, 2, 4], &[]]);
    }
}
