//! Plots as SVG that reads well on light and dark pages, each with its data as CSV. Plain text, no
//! dependencies.

use std::fmt::Write as _;

use super::figures::number;

const WIDTH: f64 = 760.0;
const FONT: &str = "system-ui,-apple-system,'Segoe UI',sans-serif";
/// Colours of bars and lines, told apart by lightness, too.
const LIGHT: [&str; 3] = ["#1f5fa8", "#d98324", "#7a7a7a"];
const DARK: [&str; 3] = ["#7db4f0", "#f0b264", "#a8a8a8"];

/// A plot, ready to be written.
pub struct Plot {
    /// Its file's name, without ending.
    pub name: &'static str,
    /// What it shows.
    pub title: String,
    /// The picture.
    pub svg: String,
    /// What it was drawn from.
    pub csv: String,
}

/// A bar with its spread.
pub struct Bar {
    /// What stands beside it.
    pub label: String,
    /// Whose it is: 0 to 2.
    pub colour: usize,
    /// Median, minimum and maximum.
    pub range: (f64, f64, f64),
}

/// A line through points.
pub struct Line {
    /// What stands at its end.
    pub name: String,
    /// From left to right.
    pub points: Vec<(f64, f64)>,
}

/// Where data lie in the picture.
struct Frame {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
    most_x: f64,
    most_y: f64,
}

impl Frame {
    fn x(&self, value: f64) -> f64 {
        self.left + (self.right - self.left) * value / self.most_x
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * value / self.most_y
    }
}

/// Horizontal bars from the top down, with whiskers from minimum to maximum and, where there is one, an
/// aim as a dashed line.
#[must_use]
pub fn bars(name: &'static str, title: &str, axis: &str, bars: &[Bar], aim: Option<(f64, &str)>) -> Plot {
    const STEP: f64 = 22.0;
    let most = bars.iter().map(|bar| bar.range.2).chain(aim.map(|(at, _)| at)).fold(0.0, f64::max);
    let ticks = ticks(most);
    let frame = Frame {
        left: 270.0,
        top: 52.0,
        right: WIDTH - 70.0,
        bottom: 52.0 + STEP * bars.len() as f64,
        most_x: ticks.last().copied().unwrap_or(1.0),
        most_y: 1.0,
    };
    let mut svg = open(title, frame.bottom + 48.0);
    for tick in &ticks {
        let x = frame.x(*tick);
        vertical(&mut svg, "grid", x, &frame);
        text(&mut svg, x, frame.bottom + 16.0, "middle", "", &tick_words(*tick, most));
    }
    let mut csv = format!("row,{axis}: median,minimum,maximum\n");
    for (index, bar) in bars.iter().enumerate() {
        let (median, min, max) = bar.range;
        let middle = frame.top + STEP * (index as f64 + 0.5);
        text(&mut svg, frame.left - 8.0, middle + 4.0, "end", "", &bar.label);
        let (left, right) = (frame.left, frame.x(median));
        push(
            &mut svg,
            format_args!(
                "<rect class=\"c{}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\"/>\n",
                bar.colour,
                middle - 7.0,
                right - left
            ),
        );
        let (from, to) = (frame.x(min), frame.x(max));
        push(&mut svg, format_args!("<path class=\"whisker\" d=\"M{from:.1} {middle:.1}H{to:.1}\"/>\n"));
        text(&mut svg, to.max(right) + 6.0, middle + 4.0, "start", "value", &number(median, max));
        push(&mut csv, format_args!("{},{median},{min},{max}\n", quoted(&bar.label)));
    }
    if let Some((at, words)) = aim {
        vertical(&mut svg, "aim", frame.x(at), &frame);
        text(&mut svg, frame.x(at), frame.top - 6.0, "middle", "", words);
    }
    text(&mut svg, f64::midpoint(frame.left, frame.right), frame.bottom + 36.0, "middle", "", axis);
    svg.push_str("</svg>\n");
    Plot { name, title: title.to_owned(), svg, csv }
}

/// Lines over a common axis, from zero.
#[must_use]
pub fn lines(name: &'static str, title: &str, x_axis: &str, y_axis: &str, lines: &[Line]) -> Plot {
    let points = || lines.iter().flat_map(|line| &line.points);
    let x_ticks = ticks(points().map(|(x, _)| *x).fold(0.0, f64::max));
    let y_ticks = ticks(points().map(|(_, y)| *y).fold(0.0, f64::max));
    let last = |ticks: &[f64]| ticks.last().copied().unwrap_or(1.0);
    let frame = Frame {
        left: 70.0,
        top: 44.0,
        right: WIDTH - 70.0,
        bottom: 300.0,
        most_x: last(&x_ticks),
        most_y: last(&y_ticks),
    };
    let mut svg = open(title, 352.0);
    for tick in &x_ticks {
        text(&mut svg, frame.x(*tick), frame.bottom + 16.0, "middle", "", &tick_words(*tick, frame.most_x));
    }
    for tick in &y_ticks {
        let y = frame.y(*tick);
        let (left, right) = (frame.left, frame.right);
        push(&mut svg, format_args!("<path class=\"grid\" d=\"M{left:.1} {y:.1}H{right:.1}\"/>\n"));
        text(&mut svg, left - 8.0, y + 4.0, "end", "", &tick_words(*tick, frame.most_y));
    }
    let mut csv = format!("line,{x_axis},{y_axis}\n");
    for (colour, line) in lines.iter().enumerate() {
        let path: Vec<String> =
            line.points.iter().map(|(x, y)| format!("{:.1} {:.1}", frame.x(*x), frame.y(*y))).collect();
        push(&mut svg, format_args!("<path class=\"line l{colour}\" d=\"M{}\"/>\n", path.join("L")));
        if let Some((x, y)) = line.points.last() {
            text(&mut svg, frame.x(*x) + 6.0, frame.y(*y) + 4.0, "start", "value", &line.name);
        }
        for (x, y) in &line.points {
            push(&mut csv, format_args!("{},{x},{y}\n", quoted(&line.name)));
        }
    }
    text(&mut svg, f64::midpoint(frame.left, frame.right), frame.bottom + 38.0, "middle", "", x_axis);
    text(&mut svg, frame.left - 8.0, frame.top - 10.0, "end", "", y_axis);
    svg.push_str("</svg>\n");
    Plot { name, title: title.to_owned(), svg, csv }
}

/// A round number, without decimals that say nothing.
fn tick_words(tick: f64, most: f64) -> String {
    let is_whole = (tick - tick.round()).abs() < 1e-9;
    number(tick, if is_whole { most.max(100.0) } else { most })
}

/// Round numbers from zero to at least `most`, four to ten of them.
fn ticks(most: f64) -> Vec<f64> {
    if most <= 0.0 {
        return vec![0.0, 1.0];
    }
    let magnitude = 10_f64.powf((most / 4.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * magnitude);
    let step = step.into_iter().rev().find(|step| most / step >= 4.0).unwrap_or(magnitude);
    (0..=(most / step).ceil() as usize).map(|index| index as f64 * step).collect()
}

fn open(title: &str, height: f64) -> String {
    let colours = |palette: [&str; 3]| {
        let rule = |(index, colour): (usize, &str)| {
            format!(".c{index}{{fill:{colour}}}.l{index}{{stroke:{colour}}}")
        };
        palette.into_iter().enumerate().map(rule).collect::<String>()
    };
    let title = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">\n\
         <style>text{{font:12px {FONT};fill:#24292f}}.title{{font-weight:600;font-size:14px}}\
         .grid{{stroke:#d0d7de;fill:none}}.whisker{{stroke:#24292f;stroke-width:1.5}}\
         .aim{{stroke:#24292f;stroke-dasharray:4 3}}.line{{fill:none;stroke-width:2}}{}\
         @media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}.grid{{stroke:#3d444d}}\
         .whisker,.aim{{stroke:#e6edf3}}{}}}</style>\n\
         <text class=\"title\" x=\"8\" y=\"20\">{title}</text>\n",
        colours(LIGHT),
        colours(DARK),
    )
}

fn vertical(svg: &mut String, class: &str, x: f64, frame: &Frame) {
    let (top, bottom) = (frame.top, frame.bottom);
    push(svg, format_args!("<path class=\"{class}\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"/>\n"));
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, class: &str, words: &str) {
    let words = escaped(words);
    push(
        svg,
        format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n"
        ),
    );
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(arguments);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_largest_value() {
        let cases = [
            (75.0, vec![0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0]),
            (4.0, vec![0.0, 1.0, 2.0, 3.0, 4.0]),
            (0.0, vec![0.0, 1.0]),
        ];
        for (most, expected) in cases {
            assert_eq!(ticks(most), expected, "{most}");
        }
        for most in [0.3, 1.0, 9.9, 100.0, 1_234.0, 98_765.0] {
            let ticks = ticks(most);
            assert!((5..=12).contains(&ticks.len()) && ticks[ticks.len() - 1] >= most, "{most}: {ticks:?}");
        }
    }

    #[test]
    fn words_are_escaped_in_the_picture_and_quoted_in_the_data() {
        let bar = Bar { label: "a \"b\" <c>".to_owned(), colour: 0, range: (1.0, 0.5, 2.0) };
        let plot = bars("test", "t & u", "x", &[bar], Some((1.5, "aim")));
        assert!(plot.svg.contains("a &quot;b&quot; &lt;c&gt;") && plot.svg.contains("t &amp; u"));
        assert_eq!(plot.csv, "row,x: median,minimum,maximum\n\"a \"\"b\"\" <c>\",1,0.5,2\n");
    }

    #[test]
    fn a_line_ends_where_its_last_point_is() {
        let line = Line { name: "n".to_owned(), points: vec![(0.0, 0.0), (4.0, 4.0)] };
        let plot = lines("test", "t", "x", "y", &[line]);
        assert!(plot.svg.contains("M70.0 300.0L690.0 44.0"), "{}", plot.svg);
    }
}
