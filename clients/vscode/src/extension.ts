/** Where VS Code begins and ends with the extension. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";

import { EXPLAIN, SHOW, SUBMIT } from "./language/commands.ts";
import { readSettings, SECTION, type Settings } from "./settings.ts";
import { DaemonLine } from "./window/daemon.ts";
import { InputCommands } from "./window/input_commands.ts";
import { JobCommands } from "./window/job_commands.ts";
import { JobsView, type Node } from "./window/jobs_view.ts";
import { recognisePwInputs } from "./window/pw_inputs.ts";
import { LanguageServer } from "./window/server.ts";
import { Texts } from "./window/texts.ts";
