//! `rename_all`: persisted names from Rust names, in the words of serde.

/// A convention for the names of all properties, or of all variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// All conventions by the names that the attribute takes, which show what they do.
    pub(crate) const ALL: [(&'static str, Self); 8] = [
        ("lowercase", Self::Lower),
        ("UPPERCASE", Self::Upper),
        ("PascalCase", Self::Pascal),
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("kebab-case", Self::Kebab),
        ("SCREAMING-KEBAB-CASE", Self::ScreamingKebab),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, case)| *case)
    }

    /// Renames a field, whose Rust name is in snake case.
    pub(crate) fn of_field(self, name: &str) -> String {
        let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
        match self {
            Self::Lower | Self::Snake => name.to_owned(),
            Self::Upper | Self::ScreamingSnake => name.to_ascii_uppercase(),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
            Self::Pascal => words.iter().map(|word| capitalized(word)).collect(),
            Self::Camel => {
                let rest = words.iter().skip(1).map(|word| capitalized(word));
                words.first().map(|word| (*word).to_owned()).into_iter().chain(rest).collect()
            }
        }
    }
}

impl Case {
    /// Renames a variant, whose Rust name is in Pascal case.
    pub(crate) fn of_variant(self, name: &str) -> String {
        match self {
            Self::Pascal => name.to_owned(),
            Self::Lower => name.to_ascii_lowercase(),
            Self::Upper => name.to_ascii_uppercase(),
            Self::Camel => {
                let mut characters = name.chars();
                let first = characters.next().map(|first| first.to_ascii_lowercase());
                first.into_iter().chain(characters).collect()
            }
            Self::Snake | Self::ScreamingSnake | Self::Kebab | Self::ScreamingKebab => {
                let mut snake = String::new();
                for (position, character) in name.chars().enumerate() {
                    if position > 0 && character.is_uppercase() {
                        snake.push('_');
                    }
                    snake.push(character.to_ascii_lowercase());
                }
                self.of_field(&snake)
            }
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_renamed_as_serde_renames_them() {
        for (case, one, two) in [
            ("lowercase", "on", "veryhigh"),
            ("UPPERCASE", "ON", "VERYHIGH"),
            ("PascalCase", "On", "VeryHigh"),
            ("camelCase", "on", "veryHigh"),
            ("snake_case", "on", "very_high"),
            ("SCREAMING_SNAKE_CASE", "ON", "VERY_HIGH"),
            ("kebab-case", "on", "very-high"),
            ("SCREAMING-KEBAB-CASE", "ON", "VERY-HIGH"),
        ] {
            let case = Case::named(case).unwrap();
            assert_eq!(case.of_variant("On"), one);
            assert_eq!(case.of_variant("VeryHigh"), two);
        }
    }

    #[test]
    fn fields_are_renamed_as_serde_renames_them() {
        for (case, one, two) in [
            ("lowercase", "speed", "wind_speed"),
            ("UPPERCASE", "SPEED", "WIND_SPEED"),
            ("PascalCase", "Speed", "WindSpeed"),
            ("camelCase", "speed", "windSpeed"),
            ("snake_case", "speed", "wind_speed"),
            ("SCREAMING_SNAKE_CASE", "SPEED", "WIND_SPEED"),
            ("kebab-case", "speed", "wind-speed"),
            ("SCREAMING-KEBAB-CASE", "SPEED", "WIND-SPEED"),
        ] {
            let case = Case::named(case).unwrap();
            assert_eq!(case.of_field("speed"), one);
            assert_eq!(case.of_field("wind_speed"), two);
        }
        assert_eq!(Case::named("Camel"), None);
    }
}
