//! As whom a function or an endpoint runs, if not as the user who calls it.

use std::sync::Arc;

use bson::{Bson, oid::ObjectId};

use super::{Caller, Engine, FunctionError};
use crate::apps::{App, DataApi, Function};

/// What the settings of a function or an endpoint say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunAs<'a> {
    system: bool,
    user_id: &'a str,
    script: &'a str,
}

/// Who that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acting {
    /// Who calls.
    Caller,
    /// Nobody: rules do not apply.
    System,
    /// This user, whoever calls.
    User(ObjectId),
}

impl<'a> From<&'a Function> for RunAs<'a> {
    fn from(function: &'a Function) -> Self {
        Self {
            system: function.run_as_system,
            user_id: &function.run_as_user_id,
            script: &function.run_as_user_id_script_source,
        }
    }
}

impl<'a> From<&'a DataApi> for RunAs<'a> {
    fn from(endpoint: &'a DataApi) -> Self {
        Self {
            system: endpoint.run_as_system,
            user_id: &endpoint.run_as_user_id,
            script: &endpoint.run_as_user_id_script_source,
        }
    }
}

impl RunAs<'_> {
    /// Whether it is who calls. Only then must a request say who that is.
    pub(crate) const fn is_caller(&self) -> bool {
        !self.system && self.user_id.is_empty() && self.script.is_empty()
    }

    /// Finds out who it is. A script is asked first, and sees what the function gets.
    pub(crate) async fn resolve(
        self,
        app: &Arc<App>,
        functions: &Engine,
        arguments: &[Bson],
        caller: &Caller,
    ) -> Result<Acting, FunctionError> {
        if !self.script.is_empty() {
            let arguments = arguments.to_vec();
            let answer = functions.call_script(app, self.script, arguments, caller).await?;
            return answered(&answer);
        }
        if !self.user_id.is_empty() {
            return user(self.user_id);
        }
        Ok(if self.system { Acting::System } else { Acting::Caller })
    }
}

fn user(id: &str) -> Result<Acting, FunctionError> {
    ObjectId::parse_str(id)
        .map(Acting::User)
        .map_err(|_| FunctionError::RunAs(format!("`{id}` is no id of a user")))
}

fn answered(answer: &Bson) -> Result<Acting, FunctionError> {
    match answer {
        Bson::String(id) => user(id),
        Bson::ObjectId(id) => Ok(Acting::User(*id)),
        Bson::Document(answer) if answer.get_bool("runAsSystem").is_ok_and(|is| is) => {
            Ok(Acting::System)
        }
        _ => Err(FunctionError::RunAs(
            "the script answers neither the id of a user nor `{ \"runAsSystem\": true }`"
                .to_owned(),
        )),
    }
}
