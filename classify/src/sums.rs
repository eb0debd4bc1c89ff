//! Adding up long rows of numbers, which is what training and ranking spend most of their time with.
//!
//! In wasm four numbers at a time, said so explicitly: the worker is compiled for size, and a compiler that links for size
//! leaves every loop as it is. Sums are the same to the last bit either way. Must not know what the numbers mean.

/// Adds a row, so many times, number by number; what is longer than the other is left alone.
pub fn add(sums: &mut [f32], row: &[f32], times: f32) {
    let (sums, row) = lanes::add(sums, row, times);
    sums.iter_mut().zip(row).for_each(|(sum, number)| *sum += times * number);
}

/// As [`add`], with a row of whole numbers.
pub fn add_whole(sums: &mut [f32], row: &[i16], times: f32) {
    let (sums, row) = lanes::add_whole(sums, row, times);
    sums.iter_mut().zip(row).for_each(|(sum, number)| *sum += times * f32::from(*number));
}

/// What can be done in lanes; both give back what is left.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod lanes {
    use core::arch::wasm32::{
        f32x4_add, f32x4_convert_i32x4, f32x4_mul, f32x4_splat, i32x4_extend_high_i16x8,
        i32x4_extend_low_i16x8, v128,
    };

    use bytemuck::cast;

    pub fn add<'a, 'b>(sums: &'a mut [f32], row: &'b [f32], times: f32) -> (&'a mut [f32], &'b [f32]) {
        let together = sums.len().min(row.len()) / 4 * 4;
        let ((sums, sums_left), (row, row_left)) = (sums.split_at_mut(together), row.split_at(together));
        let times = f32x4_splat(times);
        for (sums, numbers) in sums.as_chunks_mut::<4>().0.iter_mut().zip(row.as_chunks::<4>().0) {
            *sums = cast(f32x4_add(cast(*sums), f32x4_mul(times, cast(*numbers))));
        }
        (sums_left, row_left)
    }

    pub fn add_whole<'a, 'b>(sums: &'a mut [f32], row: &'b [i16], times: f32) -> (&'a mut [f32], &'b [i16]) {
        let together = sums.len().min(row.len()) / 8 * 8;
        let ((sums, sums_left), (row, row_left)) = (sums.split_at_mut(together), row.split_at(together));
        let times = f32x4_splat(times);
        let (pairs, _) = sums.as_chunks_mut::<4>().0.as_chunks_mut::<2>();
        for ([low, high], numbers) in pairs.iter_mut().zip(row.as_chunks::<8>().0) {
            let numbers: v128 = cast(*numbers);
            let halves = [i32x4_extend_low_i16x8(numbers), i32x4_extend_high_i16x8(numbers)];
            for (sums, numbers) in [low, high].into_iter().zip(halves) {
                *sums = cast(f32x4_add(cast(*sums), f32x4_mul(times, f32x4_convert_i32x4(numbers))));
            }
        }
        (sums_left, row_left)
    }
}

/// Elsewhere the compiler finds the lanes itself.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod lanes {
    pub const fn add<'a, 'b>(sums: &'a mut [f32], row: &'b [f32], _: f32) -> (&'a mut [f32], &'b [f32]) {
        (sums, row)
    }

    pub const fn add_whole<'a, 'b>(
        sums: &'a mut [f32],
        row: &'b [i16],
        _: f32,
    ) -> (&'a mut [f32], &'b [i16]) {
        (sums, row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_added_so_many_times_and_what_is_longer_is_left_alone() {
        for (sums, row) in [(0, 3), (3, 0), (1, 1), (4, 4), (7, 9), (9, 7), (8, 8), (19, 19)] {
            let whole: Vec<i16> = (0..row).map(|number| number * 1_000 - 9_000).collect();
            let fractions: Vec<f32> = whole.iter().map(|number| f32::from(*number) / 7.0).collect();
            let before: Vec<f32> = (0..sums).map(|number| number as f32 / 3.0).collect();
            let expected = |row: &[f32]| -> Vec<f32> {
                let added = row.iter().map(|number| 0.3 * number).chain(std::iter::repeat(0.0));
                before.iter().zip(added).map(|(sum, added)| sum + added).collect()
            };
            let mut found = before.clone();
            add(&mut found, &fractions, 0.3);
            assert_eq!(found, expected(&fractions), "{sums} and {row}");
            found.clone_from(&before);
            add_whole(&mut found, &whole, 0.3);
            let whole: Vec<f32> = whole.into_iter().map(f32::from).collect();
            assert_eq!(found, expected(&whole), "{sums} and {row}");
        }
    }
}
