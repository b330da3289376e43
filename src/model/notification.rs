//! Notifications: what a seller is asked to tell of, and the secret address that it tells it to.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a seller can tell about. Each has a hub of its own (MEF 87, 115 and 123, section "Hub").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Qualifications.
    Qualification,
    /// Quotes.
    Quote,
    /// Orders.
    Order,
}

/// The seller's id of a subscription. Nothing lists them: one that is lost cannot be ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubscriptionId(pub String);

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no callback token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no callback token: write 32 to 128 random letters, digits, dashes or underscores")]
pub struct TokenError;

/// What a caller must know to be listened to. It is part of an address that only the seller of one account is told.
#[derive(Debug, Clone)]
pub struct CallbackToken(SecretString);

impl CallbackToken {
    /// Reads a token, without the line end that editors add.
    ///
    /// # Errors
    /// When it could be guessed, or cannot be part of an address as it stands.
    pub fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        let text = std::str::from_utf8(bytes).map_err(|_| TokenError)?.trim();
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if plain && (32..=128).contains(&text.len()) { Ok(Self(text.into())) } else { Err(TokenError) }
    }

    /// Whether somebody knows the token. How long that takes to find out says nothing about it.
    #[must_use]
    pub fn is(&self, said: &str) -> bool {
        let digest = |text: &str| Sha256::digest(text);
        digest(self.0.expose_secret()).as_slice().ct_eq(digest(said).as_slice()).into()
    }
}

/// The address that the seller of one account tells its news to: whoever knows it is listened to.
#[derive(Clone)]
pub struct Callback {
    base: String,
    account: String,
    token: CallbackToken,
}

impl Callback {
    /// The address below `base` of an account.
    #[must_use]
    pub fn new(base: &str, account: &str, token: CallbackToken) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), account: account.to_owned(), token }
    }

    /// The address itself, for the seller and nobody else.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{}/{}/{}", self.base, self.account, self.token.0.expose_secret())
    }

    /// Tells one address from another without showing it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        Sha256::digest(self.expose()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Strikes the secret out of what a seller says.
    #[must_use]
    pub fn strike(&self, text: &str) -> String {
        text.replace(self.token.0.expose_secret(), "[redacted]")
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/[redacted]", self.base, self.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_token_cannot_be_guessed_and_fits_into_an_address() {
        assert!(CallbackToken::parse(format!("{TOKEN}\n").as_bytes()).is_ok());
        assert!(CallbackToken::parse(&[b'x'; 128]).is_ok());
        for bad in ["", &TOKEN[1..], &format!("{TOKEN}/.."), &format!("{TOKEN} {TOKEN}"), &"x".repeat(129)] {
            assert!(CallbackToken::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(CallbackToken::parse(&[0xff; 40]).is_err());
    }

    #[test]
    fn only_the_token_itself_is_the_token() {
        let token = CallbackToken::parse(TOKEN.as_bytes()).unwrap();
        assert!(token.is(TOKEN));
        for other in ["", &TOKEN[1..], &format!("{TOKEN}0"), &TOKEN.to_uppercase(), "\0"] {
            assert!(!token.is(other), "{other}");
        }
    }

    #[test]
    fn an_address_shows_its_secret_only_where_it_is_exposed() {
        let at = |base| Callback::new(base, "metro-fiber", CallbackToken::parse(TOKEN.as_bytes()).unwrap());
        let callback = at("https://naas.example/events/");
        assert_eq!(callback.expose(), format!("https://naas.example/events/metro-fiber/{TOKEN}"));
        assert!(!format!("{callback:?} {:?}", callback.token).contains(TOKEN));
        assert!(!callback.fingerprint().contains(TOKEN));
        assert_eq!(callback.strike(&format!("no such host: {TOKEN}")), "no such host: [redacted]");
        assert_eq!(callback.fingerprint(), at("https://naas.example/events").fingerprint());
        assert_ne!(callback.fingerprint(), at("https://naas.example").fingerprint());
    }
}
