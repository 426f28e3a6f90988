//! Numbers, sizes and moments for people.

use std::time::SystemTime;

/// `1,234 objects`, `1 object`.
pub(super) fn count(number: u64, singular: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {singular}{plural}", grouped(number))
}

/// Digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (left, digit) in (0..digits.len()).rev().zip(digits.chars()) {
        shown.push(digit);
        if left > 0 && left % 3 == 0 {
            shown.push(',');
        }
    }
    shown
}

/// A size in the largest unit that leaves a whole number in front of the point.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit behind the point")]
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut shown = format!("{bytes} B");
    let mut rest = bytes as f64;
    for unit in UNITS {
        rest /= 1024.0;
        if rest < 1.0 {
            break;
        }
        shown = format!("{rest:.1} {unit}");
    }
    shown
}

/// A moment in RFC 3339, UTC.
pub(super) fn moment(moment: SystemTime) -> String {
    let date = bson::DateTime::from_system_time(moment);
    date.try_to_rfc3339_string().unwrap_or_else(|_| format!("{date:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(count(1, "chunk"), "1 chunk");
        assert_eq!(count(1_000, "object"), "1,000 objects");
        assert_eq!(size(1_023), "1023 B");
        assert_eq!(size(1_536), "1.5 KiB");
        assert_eq!(size(5 * 1024 * 1024 * 1024), "5.0 GiB");
    }
}
