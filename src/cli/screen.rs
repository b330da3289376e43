//! Text for a terminal: sections, columns and colours. Colours are written always; who prints decides whether they are kept.

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

/// Width of the column of labels.
const LABELS: usize = 13;

/// Least width of what stands beside it.
const LEAST: usize = 30;

/// How something is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As asked.
    Good,
    /// Somebody works on it, or must decide.
    Waiting,
    /// Something must change first.
    Bad,
    /// A heading.
    Heading,
    /// Beside the point.
    Faint,
}

/// The text in the colour of its tone.
#[must_use]
pub fn paint(tone: Tone, text: &str) -> String {
    let style = match tone {
        Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())).bold(),
        Tone::Waiting => Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold(),
        Tone::Bad => Style::new().fg_color(Some(AnsiColor::Red.into())).bold(),
        Tone::Heading => Style::new().bold(),
        Tone::Faint => Style::new().dimmed(),
    };
    format!("{style}{text}{style:#}")
}

/// A page of a certain width, written from top to bottom.
#[derive(Debug)]
pub struct Page {
    width: usize,
    text: String,
}

impl Page {
    /// An empty page.
    #[must_use]
    pub const fn new(width: usize) -> Self {
        Self { width, text: String::new() }
    }

    /// A line of its own, wrapped.
    pub fn line(&mut self, text: &str) {
        let options = textwrap::Options::new(self.width)
            .subsequent_indent("  ")
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .word_separator(textwrap::WordSeparator::AsciiSpace);
        for line in textwrap::wrap(text, options) {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Lines beside a label; nothing at all where there are none.
    pub fn section(&mut self, label: &str, lines: &[String]) {
        let room = self.width.saturating_sub(LABELS).max(LEAST);
        let mut label = label;
        for line in lines {
            let hang = " ".repeat(hang(line, room));
            let options = textwrap::Options::new(room)
                .subsequent_indent(&hang)
                .break_words(false)
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .word_separator(textwrap::WordSeparator::AsciiSpace);
            for wrapped in textwrap::wrap(line, options) {
                let padding = " ".repeat(LABELS.saturating_sub(display_width(label)));
                let painted = if label.is_empty() { String::new() } else { paint(Tone::Heading, label) };
                self.text.push_str(format!("{painted}{padding}{}", wrapped.trim_end()).trim_end());
                self.text.push('\n');
                label = "";
            }
        }
    }

    /// What was written.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}

/// Where a line goes on that is too long: what is set in columns goes on below the last of them that leaves half of the room.
fn hang(line: &str, room: usize) -> usize {
    let starts = line.char_indices().filter(|(at, letter)| *letter != ' ' && line[..*at].ends_with("  "));
    let mut columns = starts.map(|(at, _)| display_width(&line[..at])).filter(|start| start * 2 <= room);
    columns.next_back().unwrap_or(2)
}

/// Rows with their cells under one another; the last cell is as long as it is.
#[must_use]
pub fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| row.len() > column + 1).map(|row| display_width(&row[column]));
        cells.max().unwrap_or(0)
    };
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if column + 1 < row.len() {
                line.push_str(&" ".repeat(width(column).saturating_sub(display_width(cell)) + 2));
            }
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn what_is_too_long_goes_on_below_itself() {
        let mut page = Page::new(44);
        page.section("Why", &["metro-fiber  the cheapest over one month of two".into(), "wave  late".into()]);
        let text = plain(&page.into_text());
        assert_eq!(
            text,
            "Why          metro-fiber  the cheapest over\n                          one month of two\n             wave  late\n"
        );
    }

    #[test]
    fn a_last_column_far_to_the_right_goes_on_below_the_one_before() {
        let mut page = Page::new(58);
        page.section("Plug into", &["gpus   ashburn-gpu/metro-1  VLAN 210  row 4, rack 17".into()]);
        let text = plain(&page.into_text());
        assert_eq!(
            text,
            "Plug into    gpus   ashburn-gpu/metro-1  VLAN 210  row 4,\n                    rack 17\n"
        );
    }

    #[test]
    fn colours_take_no_room() {
        let rows = [vec![paint(Tone::Good, "yes"), "a".into()], vec!["never".into(), "b".into()]];
        let lines = columns(&rows).iter().map(|line| plain(line)).collect::<Vec<_>>();
        assert_eq!(lines, ["yes    a", "never  b"]);
    }
}
