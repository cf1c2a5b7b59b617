//! Colours. State is never told by them alone: signs and words say the same.

use fedhub::colorizer::{Family, Kind};
use ratatui::style::{Color, Modifier, Style};

use crate::action::nearest;

/// What a piece of the screen is, which decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Role {
    Text,
    Dim,
    Title,
    /// The bars at the top and the bottom.
    Bar,
    /// A key in a hint.
    Key,
    Tab,
    TabOpen,
    Border,
    BorderFocus,
    Selected,
    /// What is selected in a pane without the focus.
    SelectedElsewhere,
    /// What a search found.
    Found,
    Time,
    /// A topic, by the number of its family.
    Family(u8),
    Good,
    Warning,
    Bad,
    Field,
    String,
    Number,
    /// true, false and null.
    Literal,
    Punctuation,
    Link,
    User,
    Package,
}

impl From<Kind> for Role {
    /// What the library's colouriser tells apart.
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Plain => Role::Text,
            Kind::Time => Role::Time,
            Kind::Prefix | Kind::Unknown => Role::Dim,
            Kind::Topic(family) => Role::Family(family.number()),
            Kind::User => Role::User,
            Kind::Package => Role::Package,
            Kind::Link => Role::Link,
            Kind::Good => Role::Good,
            Kind::Bad => Role::Bad,
            Kind::Key => Role::Field,
            Kind::Text => Role::String,
            Kind::Number => Role::Number,
            Kind::Word => Role::Literal,
            Kind::Punctuation => Role::Punctuation,
        }
    }
}

/// How many colours families have.
const FAMILIES: usize = Family::COUNT as usize;

/// A set of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// The terminal's own 16 colours, on its own background.
    #[default]
    Terminal,
    /// For dark rooms.
    Dark,
    /// Black on white.
    Light,
    /// Few colours that are far apart.
    HighContrast,
    /// No colours.
    Mono,
}

/// The colours of a theme with a background of its own.
struct Palette {
    background: Color,
    text: Color,
    dim: Color,
    bar: Color,
    selected: Color,
    accent: Color,
    good: Color,
    warning: Color,
    bad: Color,
    families: [Color; FAMILIES],
}

const fn rgb(code: u32) -> Color {
    Color::Rgb((code >> 16) as u8, (code >> 8) as u8, code as u8)
}

const DARK: Palette = Palette {
    background: rgb(0x16_18_21),
    text: rgb(0xd2_d4_de),
    dim: rgb(0x7c_81_9a),
    bar: rgb(0x24_28_37),
    selected: rgb(0x34_3b_58),
    accent: rgb(0x8f_b5_ff),
    good: rgb(0x9e_ce_6a),
    warning: rgb(0xe8_b8_6d),
    bad: rgb(0xff_7a_8a),
    families: [
        rgb(0x7a_a2_f7),
        rgb(0x9e_ce_6a),
        rgb(0xe0_af_68),
        rgb(0xbb_9a_f7),
        rgb(0x7d_cf_ff),
        rgb(0xf7_9a_c0),
    ],
};

const LIGHT: Palette = Palette {
    background: rgb(0xfb_fb_f8),
    text: rgb(0x28_2a_36),
    dim: rgb(0x70_74_80),
    bar: rgb(0xe6_e8_ee),
    selected: rgb(0xcf_dd_f6),
    accent: rgb(0x1f_4f_a8),
    good: rgb(0x22_6b_2a),
    warning: rgb(0x8a_55_00),
    bad: rgb(0xb0_1c_2e),
    families: [
        rgb(0x1f_4f_a8),
        rgb(0x22_6b_2a),
        rgb(0x8a_55_00),
        rgb(0x6c_2f_a0),
        rgb(0x00_67_75),
        rgb(0xa8_22_6b),
    ],
};

const HIGH_CONTRAST: Palette = Palette {
    background: rgb(0x00_00_00),
    text: rgb(0xff_ff_ff),
    dim: rgb(0xd0_d0_d0),
    bar: rgb(0x00_00_00),
    selected: rgb(0x00_00_d0),
    accent: rgb(0xff_ff_00),
    good: rgb(0x00_ff_00),
    warning: rgb(0xff_ff_00),
    bad: rgb(0xff_80_80),
    families: [rgb(0x00_ff_ff); FAMILIES],
};

impl Theme {
    /// All of them, in the order one goes through them.
    pub const ALL: [Theme; 5] =
        [Theme::Terminal, Theme::Dark, Theme::Light, Theme::HighContrast, Theme::Mono];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Terminal => "terminal",
            Theme::Dark => "dark",
            Theme::Light => "light",
            Theme::HighContrast => "high-contrast",
            Theme::Mono => "mono",
        }
    }

    /// The theme of this name, or why there is none.
    pub fn named(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.iter().map(|theme| theme.name());
        Self::ALL.into_iter().find(|theme| theme.name() == name).ok_or_else(|| {
            match nearest(name, names()) {
                Some(near) => format!("there is no theme {name}; did you mean {near}?"),
                None => {
                    format!("there is no theme {name}; {}", names().collect::<Vec<_>>().join(", "))
                }
            }
        })
    }

    /// The one that follows.
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|theme| *theme == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// How something looks.
    pub fn style(self, role: Role) -> Style {
        match self {
            Theme::Terminal => terminal(role),
            Theme::Mono => mono(role),
            Theme::Dark => painted(role, &DARK),
            Theme::Light => painted(role, &LIGHT),
            Theme::HighContrast => painted(role, &HIGH_CONTRAST).add_modifier(emphasis(role)),
        }
    }
}

/// Bold, underlined and so on, for what stands out.
fn emphasis(role: Role) -> Modifier {
    match role {
        Role::Title | Role::Key | Role::Bad | Role::Field | Role::BorderFocus => Modifier::BOLD,
        Role::TabOpen | Role::Selected => Modifier::REVERSED,
        Role::SelectedElsewhere | Role::Link => Modifier::UNDERLINED,
        Role::Found => Modifier::BOLD.union(Modifier::UNDERLINED),
        _ => Modifier::empty(),
    }
}

fn mono(role: Role) -> Style {
    let dim = match role {
        Role::Dim | Role::Time | Role::Border | Role::Punctuation => Modifier::DIM,
        _ => Modifier::empty(),
    };
    Style::new().add_modifier(emphasis(role) | dim)
}

/// The 16 colours, whatever the terminal makes of them. Of these, black and white are not used for
/// text: they may be the background. Families have those of fedhub tail, but that no family is red, which
/// is for what is wrong.
fn terminal(role: Role) -> Style {
    const FAMILY: [Color; FAMILIES] =
        [Color::LightRed, Color::Green, Color::Yellow, Color::Blue, Color::Magenta, Color::Cyan];
    let plain = Style::new();
    let color = match role {
        Role::Dim | Role::Time | Role::Border | Role::Punctuation => Color::DarkGray,
        Role::Family(family) => FAMILY[usize::from(family) % FAMILIES],
        Role::Good | Role::String | Role::User => Color::Green,
        Role::Warning | Role::Package => Color::Yellow,
        Role::Found => return plain.fg(Color::Black).bg(Color::Yellow),
        Role::Bad => Color::Red,
        Role::Field => Color::Blue,
        Role::Number | Role::Link | Role::Key | Role::BorderFocus => Color::Cyan,
        Role::Literal => Color::Magenta,
        Role::Text
        | Role::Title
        | Role::Bar
        | Role::Tab
        | Role::TabOpen
        | Role::Selected
        | Role::SelectedElsewhere => return plain.add_modifier(emphasis(role)),
    };
    let bold = emphasis(role).difference(if role == Role::Field {
        Modifier::BOLD
    } else {
        Modifier::empty()
    });
    plain.fg(color).add_modifier(bold)
}

fn painted(role: Role, palette: &Palette) -> Style {
    let on = |color| Style::new().fg(color);
    let bar = Style::new().bg(palette.bar);
    match role {
        Role::Text => on(palette.text).bg(palette.background),
        Role::Dim | Role::Time | Role::Border | Role::Punctuation => on(palette.dim),
        Role::Title => bar.fg(palette.accent).add_modifier(Modifier::BOLD),
        Role::Bar => bar.fg(palette.text),
        Role::Tab => bar.fg(palette.dim),
        Role::TabOpen => Style::new().fg(palette.background).bg(palette.accent),
        Role::Key | Role::Field | Role::Link | Role::BorderFocus => on(palette.accent),
        Role::Selected => Style::new().bg(palette.selected).add_modifier(Modifier::BOLD),
        Role::SelectedElsewhere => Style::new().bg(palette.bar),
        Role::Found => Style::new().fg(palette.background).bg(palette.warning),
        Role::Family(family) => on(palette.families[usize::from(family) % FAMILIES]),
        Role::Good | Role::String | Role::User => on(palette.good),
        Role::Warning | Role::Package | Role::Number => on(palette.warning),
        Role::Bad => on(palette.bad),
        Role::Literal => on(palette.families[3]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_paints_no_background_and_mono_no_colour() {
        for role in [Role::Text, Role::Dim, Role::Bar, Role::Selected, Role::Family(4), Role::Bad] {
            assert_eq!(Theme::Terminal.style(role).bg, None, "{role:?}");
            let mono = Theme::Mono.style(role);
            assert_eq!((mono.fg, mono.bg), (None, None), "{role:?}");
        }
    }

    #[test]
    fn a_wrong_name_leads_to_the_right_one() {
        assert_eq!(
            Theme::named("lihgt").unwrap_err(),
            "there is no theme lihgt; did you mean light?"
        );
        let round = Theme::ALL.iter().fold(Theme::Terminal, |theme, _| theme.next());
        assert_eq!(round, Theme::Terminal);
    }
}
