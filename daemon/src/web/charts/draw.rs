//! Drawing charts as SVG.

use std::fmt::Write;

/// What a chart looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what they are called")]
pub(super) enum Kind {
    Line,
    StackedLine,
    Xy,
    Bar,
    HorizontalBar,
    StackedBar,
    HorizontalStackedBar,
    Funnel,
    Pyramid,
    VerticalPyramid,
    Dot,
    Gauge,
}

/// A chart: a value for each label in each series.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    pub(super) kind: Kind,
    pub(super) title: String,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) labels: Vec<String>,
    pub(super) series: Vec<(String, Vec<u64>)>,
    pub(super) dark: bool,
    pub(super) logarithmic: bool,
    pub(super) smooth: bool,
    pub(super) x_labels: bool,
    pub(super) y_labels: bool,
    pub(super) dots: bool,
    pub(super) fill: bool,
}

const COLOURS: [&str; 8] =
    ["#2a62b8", "#c2410c", "#15803d", "#a21caf", "#b45309", "#0e7490", "#be123c", "#4d7c0f"];
/// Room for the title and for labels.
const TOP: f64 = 40.0;
const LEFT: f64 = 70.0;
const BOTTOM: f64 = 90.0;
const RIGHT: f64 = 170.0;

impl Chart {
    /// The chart as a document.
    pub(super) fn svg(&self) -> String {
        let (paper, ink) = if self.dark { ("#1b1b1b", "#eeeeee") } else { ("#ffffff", "#222222") };
        let (width, height) = (self.width, self.height);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" font-family=\"sans-serif\" \
             font-size=\"12\" fill=\"{ink}\"><title>{}</title>\
             <rect width=\"100%\" height=\"100%\" fill=\"{paper}\"/>",
            escape(&self.title)
        );
        text(&mut svg, width / 2.0, 24.0, "middle\" font-size=\"16", &self.title);
        match self.kind {
            Kind::Gauge => self.gauges(&mut svg),
            Kind::Dot => self.circles(&mut svg),
            _ => self.graph(&mut svg),
        }
        for (number, (name, _)) in self.series.iter().enumerate() {
            let (x, y) = (width - RIGHT + 15.0, TOP + 12.0 + 18.0 * number as f64);
            let (colour, top) = (colour(number), y - 10.0);
            let _ = write!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>"
            );
            text(&mut svg, x + 18.0, y, "start", &shortened(name, 24));
        }
        svg + "</svg>\n"
    }

    /// How high a value is, between 0 and 1.
    fn level(&self, value: f64, top: f64) -> f64 {
        if self.logarithmic { value.ln_1p() / top.ln_1p() } else { value / top }
    }

    fn value(&self, series: usize, at: usize) -> f64 {
        self.series[series].1.get(at).map_or(0.0, |value| *value as f64)
    }

    /// Where the part of a series begins: on top of the others, or at nothing.
    fn base(&self, series: usize, at: usize) -> f64 {
        use Kind::{Funnel, HorizontalStackedBar, StackedBar, StackedLine, VerticalPyramid};
        match self.kind {
            StackedLine | StackedBar | HorizontalStackedBar | Funnel | VerticalPyramid => {
                (0..series).map(|below| self.value(below, at)).sum()
            }
            _ => 0.0,
        }
    }

    /// The highest value that is drawn.
    fn top(&self) -> f64 {
        let all = (0..self.series.len()).flat_map(|series| {
            (0..self.labels.len()).map(move |at| self.base(series, at) + self.value(series, at))
        });
        all.fold(1.0, f64::max)
    }

    fn graph(&self, svg: &mut String) {
        use Kind::{Funnel, HorizontalBar, HorizontalStackedBar, Pyramid};
        let lying = matches!(self.kind, HorizontalBar | HorizontalStackedBar | Funnel | Pyramid);
        let centred = matches!(self.kind, Funnel | Kind::Pyramid | Kind::VerticalPyramid);
        let (across, up) = (self.width - LEFT - RIGHT, self.height - TOP - BOTTOM);
        let (along, high) = if lying { (up, across) } else { (across, up) };
        let top = self.top();
        let step = along / self.labels.len().max(1) as f64;
        // A point by how far it is along the labels, and how high.
        let place = |far: f64, level: f64| match lying {
            true => (LEFT + level * high, TOP + far),
            false => (LEFT + far, TOP + up - level * high),
        };
        self.scale(svg, top, lying, centred, &place, along);
        self.names(svg, lying, step, &place);
        if matches!(self.kind, Kind::Line | Kind::StackedLine | Kind::Xy) {
            (0..self.series.len()).rev().for_each(|series| {
                self.curve(svg, series, |at, value| {
                    place((at as f64 + 0.5) * step, self.level(value, top))
                });
            });
            return;
        }
        for series in 0..self.series.len() {
            for at in 0..self.labels.len() {
                let base = self.base(series, at);
                let mut from = self.level(base, top);
                let mut to = self.level(base + self.value(series, at), top);
                if self.kind == Kind::Pyramid {
                    // Every other series goes to the other side.
                    let side = if series % 2 == 0 { 0.5 } else { -0.5 };
                    (from, to) = (0.5, 0.5 + side * to);
                } else if centred {
                    let whole: f64 = (0..self.series.len()).map(|one| self.value(one, at)).sum();
                    let shift = (1.0 - self.level(whole, top)) / 2.0;
                    (from, to) = (from + shift, to + shift);
                }
                let beside = matches!(self.kind, Kind::Bar | Kind::HorizontalBar);
                let lanes = if beside { self.series.len() as f64 } else { 1.0 };
                let lane = if beside { series as f64 } else { 0.0 };
                let thick = step * 0.8 / lanes;
                let far = at as f64 * step + step * 0.1 + lane * thick;
                self.bar(svg, series, at, place(far, from), place(far + thick, to));
            }
        }
    }

    fn bar(&self, svg: &mut String, series: usize, at: usize, a: (f64, f64), b: (f64, f64)) {
        let (x, y) = (a.0.min(b.0), a.1.min(b.1));
        let (width, height) = ((a.0 - b.0).abs(), (a.1 - b.1).abs());
        let colour = colour(series);
        let _ = write!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"{colour}\"><title>{}</title></rect>",
            self.told(series, at)
        );
    }

    /// What a mark says when it is pointed at.
    fn told(&self, series: usize, at: usize) -> String {
        let label = self.labels.get(at).map_or("", String::as_str);
        escape(&format!("{}, {label}: {}", self.series[series].0, self.value(series, at)))
    }

    fn curve(&self, svg: &mut String, series: usize, place: impl Fn(usize, f64) -> (f64, f64)) {
        let points: Vec<_> = (0..self.labels.len())
            .map(|at| place(at, self.base(series, at) + self.value(series, at)))
            .collect();
        let mut path = String::new();
        for (number, (x, y)) in points.iter().enumerate() {
            let _ = match number.checked_sub(1).map(|before| points[before]) {
                None => write!(path, "M{x:.1} {y:.1}"),
                Some((left, level)) if self.smooth => {
                    let half = f64::midpoint(left, *x);
                    write!(path, "C{half:.1} {level:.1} {half:.1} {y:.1} {x:.1} {y:.1}")
                }
                Some(_) => write!(path, "L{x:.1} {y:.1}"),
            };
        }
        let colour = colour(series);
        if self.fill || self.kind == Kind::StackedLine {
            let back = (0..self.labels.len()).rev().map(|at| place(at, self.base(series, at)));
            let back: String = back.map(|(x, y)| format!("L{x:.1} {y:.1}")).collect();
            let _ =
                write!(svg, "<path d=\"{path}{back}Z\" fill=\"{colour}\" fill-opacity=\"0.5\"/>");
        }
        let _ = write!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        );
        for (at, (x, y)) in points.iter().enumerate().filter(|_| self.dots) {
            let told = self.told(series, at);
            let _ = write!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"><title>{told}</title></circle>"
            );
        }
    }

    /// Lines at round levels, with their values.
    fn scale(
        &self,
        svg: &mut String,
        top: f64,
        lying: bool,
        centred: bool,
        place: &dyn Fn(f64, f64) -> (f64, f64),
        along: f64,
    ) {
        for quarter in 0..=4 {
            let share = f64::from(quarter) / 4.0;
            let value = if self.logarithmic { (share * top.ln_1p()).exp_m1() } else { share * top };
            let ((x1, y1), (x2, y2)) = (place(0.0, share), place(along, share));
            let _ = write!(
                svg,
                "<path d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\" stroke=\"#888888\" stroke-width=\"0.5\"/>"
            );
            if self.y_labels && !centred {
                let (x, y, anchor) =
                    if lying { (x2, y2 + 16.0, "middle") } else { (x1 - 6.0, y1 + 4.0, "end") };
                text(svg, x, y, anchor, &format!("{value:.0}"));
            }
        }
    }

    fn names(
        &self,
        svg: &mut String,
        lying: bool,
        step: f64,
        place: &dyn Fn(f64, f64) -> (f64, f64),
    ) {
        for (at, label) in self.labels.iter().enumerate().filter(|_| self.x_labels) {
            let (x, y) = place((at as f64 + 0.5) * step, 0.0);
            if lying {
                text(svg, x - 6.0, y + 4.0, "end", &shortened(label, 10));
            } else {
                let (x, y) = (x, y + 16.0);
                let turned = format!("end\" transform=\"rotate(-45 {x:.1} {y:.1})");
                text(svg, x, y, &turned, &shortened(label, 16));
            }
        }
    }

    fn circles(&self, svg: &mut String) {
        let (across, up) = (self.width - LEFT - RIGHT, self.height - TOP - BOTTOM);
        let step = across / self.labels.len().max(1) as f64;
        let row = up / self.series.len().max(1) as f64;
        let (top, most) = (self.top(), step.min(row) / 2.0);
        let place = |far: f64, level: f64| (LEFT + far, TOP + up - level * up);
        self.names(svg, false, step, &place);
        for series in 0..self.series.len() {
            for at in 0..self.labels.len() {
                let (x, y) = (LEFT + (at as f64 + 0.5) * step, TOP + (series as f64 + 0.5) * row);
                let radius = most * self.level(self.value(series, at), top).sqrt();
                let (colour, told) = (colour(series), self.told(series, at));
                let _ = write!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{colour}\">\
                     <title>{told}</title></circle>"
                );
            }
        }
    }

    /// A needle for each series: its sum.
    fn gauges(&self, svg: &mut String) {
        let (x, y) = ((self.width - RIGHT) / 2.0, self.height * 0.7);
        let length = x.min(y) * 0.8;
        let sums: Vec<f64> =
            self.series.iter().map(|(_, values)| values.iter().sum::<u64>() as f64).collect();
        let top = sums.iter().copied().fold(1.0, f64::max) * 1.25;
        let (left, right) = (x - length, x + length);
        let _ = write!(
            svg,
            "<path d=\"M{left:.1} {y:.1}A{length:.1} {length:.1} 0 0 1 {right:.1} {y:.1}\" \
             fill=\"none\" stroke=\"#888888\"/>"
        );
        text(svg, left, y + 18.0, "middle", "0");
        text(svg, right, y + 18.0, "middle", &format!("{top:.0}"));
        for (series, sum) in sums.iter().enumerate() {
            let angle = std::f64::consts::PI * (1.0 - self.level(*sum, top));
            let (tip, high) = (x + length * angle.cos(), y - length * angle.sin());
            let (colour, told) =
                (colour(series), escape(&format!("{}: {sum}", self.series[series].0)));
            let _ = write!(
                svg,
                "<path d=\"M{x:.1} {y:.1}L{tip:.1} {high:.1}\" stroke=\"{colour}\" \
                 stroke-width=\"4\"><title>{told}</title></path>"
            );
        }
    }
}

fn colour(series: usize) -> &'static str {
    COLOURS[series % COLOURS.len()]
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, content: &str) {
    let content = escape(content);
    let _ =
        write!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{content}</text>");
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Text for XML, which has no way to write most control characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(kind: Kind) -> Chart {
        Chart {
            kind,
            title: "<script>alert(1)</script>\u{1b}".into(),
            width: 800.0,
            height: 600.0,
            labels: vec!["a & b".into(), "c".into(), "d".into()],
            series: vec![("\"x\"".into(), vec![1, 20, 0]), ("y".into(), vec![5, 0, 7])],
            dark: false,
            logarithmic: false,
            smooth: true,
            x_labels: true,
            y_labels: true,
            dots: true,
            fill: true,
        }
    }

    #[test]
    fn every_kind_is_drawn_within_its_frame_and_escapes_names() {
        for (_, kind) in super::super::KINDS {
            for logarithmic in [false, true] {
                let svg = Chart { logarithmic, ..chart(kind) }.svg();
                assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{kind:?}");
                assert!(!svg.contains("<script") && !svg.contains('\u{1b}'), "{kind:?}");
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{kind:?}: {svg}");
                assert!(svg.contains("&quot;x&quot;"), "{kind:?}");
            }
        }
    }

    #[test]
    fn nothing_to_draw_is_an_empty_chart() {
        let empty = Chart { labels: vec![], series: vec![], ..chart(Kind::Bar) };
        assert!(!empty.svg().contains("NaN"));
    }

    #[test]
    fn stacked_bars_stand_on_each_other() {
        let stacked = chart(Kind::StackedBar);
        assert_eq!(stacked.base(1, 1), 20.0);
        assert_eq!(stacked.top(), 20.0);
        assert_eq!(chart(Kind::Bar).base(1, 1), 0.0);
    }
}
