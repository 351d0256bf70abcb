/** Commands about a job, which is named by a number, a row of the list or a person. */

import { existsSync } from "node:fs";

import * as vscode from "vscode";

import { jobFile, jobFolder } from "../jobs/job_files.ts";
import { isLive, type JobList } from "../jobs/job_list.ts";
import { jobText, whyText } from "../jobs/job_text.ts";
import { show } from "../language/commands.ts";
import type { Connection, JobDetails } from "../protocol/index.ts";
import type { Node } from "./jobs_view.ts";
import { showLog } from "./log_terminal.ts";
import type { LanguageServer } from "./server.ts";
import type { Texts } from "./texts.ts";

/** What a command is called with: from the list, from another command, or by hand. */
type Target = Node | string | undefined;

export interface Jobs {
  readonly connection: Connection;
  readonly list: JobList;
}

export class JobCommands {
  readonly #jobs: () => Jobs;
  readonly #server: LanguageServer;
  readonly #texts: Texts;

  constructor(jobs: () => Jobs, server: LanguageServer, texts: Texts) {
    this.#jobs = jobs;
    this.#server = server;
    this.#texts = texts;
  }

  async show(target: Target): Promise<void> {
    const jobId = await this.#number(target, "Show which job?");
    if (jobId !== undefined) {
      await this.#texts.show(`job ${jobId}`, () => this.#page(jobId));
    }
  }

  async why(target: Target): Promise<void> {
    const jobId = await this.#number(target, "Why is which job in its state?");
    if (jobId !== undefined) {
      await this.#texts.show(`why job ${jobId}`, () => this.#why(jobId));
    }
  }

  /** Make the texts about jobs anew that are open; all of them if none is named. */
  refresh(jobIds: ReadonlySet<string> | undefined): void {
    // Nobody asked for it now: without a server a page stays as it is, in silence.
    for (const name of this.#server.isRunning ? this.#texts.names : []) {
      const jobId = /^(?:why )?job (\d+)$/.exec(name)?.[1];
      if (jobId !== undefined && (jobIds?.has(jobId) ?? true)) {
        this.#texts.refresh(name);
      }
    }
  }

  async followLog(target: Target): Promise<void> {
    const jobId = await this.#number(target, "Follow the output of which job?");
    if (jobId !== undefined) {
      const { connection, list } = this.#jobs();
      const name = list.get(jobId)?.name ?? "";
      showLog(connection, jobId, name);
    }
  }

  async cancel(target: Target): Promise<void> {
    const jobId = await this.#number(target, "Cancel which job?");
    if (jobId === undefined) {
      return;
    }
    const { connection, list } = this.#jobs();
    const name = list.get(jobId)?.name ?? "";
    // Beside it stands the editor's own "Cancel", which leaves the job alone.
    const yes = "End the Job";
    const chosen = await vscode.window.showWarningMessage(
      `End job ${jobId} (${name})?`,
      { modal: true, detail: "What it has computed and not written is lost." },
      yes,
    );
    if (chosen !== yes) {
      return;
    }
    const result = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: `Job ${jobId} is being ended …`,
      },
      () => connection.request("cancel_job", { job_id: jobId }),
    );
    const proof = result.is_confirmed ? "" : "; not yet confirmed: see why";
    void vscode.window.showInformationMessage(
      `Job ${jobId} is ${result.state}${proof}.`,
    );
  }

  async copyNumber(target: Target): Promise<void> {
    const jobId = await this.#number(target, "Copy the number of which job?");
    if (jobId !== undefined) {
      await vscode.env.clipboard.writeText(jobId);
    }
  }

  async openFolder(target: Target): Promise<void> {
    const job = await this.#details(target, "Open the folder of which job?");
    if (job !== undefined) {
      const uri = vscode.Uri.file(jobFolder(job));
      await vscode.commands.executeCommand("vscode.openFolder", uri, {
        forceNewWindow: true,
      });
    }
  }

  async openOutput(target: Target): Promise<void> {
    const job = await this.#details(target, "Open the output of which job?");
    if (job === undefined) {
      return;
    }
    const asked = { job_id: job.job_id, limit: 1 };
    const { file } = await this.#jobs().connection.request("fetch_job_log", asked);
    const path = jobFile(job, file);
    if (existsSync(path)) {
      // The editor itself says what it makes of a binary or of a very large file.
      await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(path));
      return;
    }
    void vscode.window.showInformationMessage(
      `${file} of job ${job.job_id} is not on this machine. Follow Log shows it.`,
    );
  }

  async #page(jobId: string): Promise<string> {
    const [details, why] = await Promise.all([
      show(this.#server.execute, jobId),
      this.#jobs().connection.request("why_job", { job_id: jobId }),
    ]);
    return jobText(details ?? `job ${jobId}`, why);
  }

  async #why(jobId: string): Promise<string> {
    const why = await this.#jobs().connection.request("why_job", { job_id: jobId });
    return `job ${jobId}: ${why.state}\n\n${whyText(why)}\n`;
  }

  async #details(target: Target, question: string): Promise<JobDetails | undefined> {
    const jobId = await this.#number(target, question);
    return jobId === undefined ? undefined : this.#jobs().list.details(jobId);
  }

  /** Return the number of the job that is meant; a person is asked if nothing says so. */
  async #number(target: Target, question: string): Promise<string | undefined> {
    if (typeof target === "string") {
      return target;
    }
    if (target?.kind === "job") {
      return target.job.job_id;
    }
    const jobs = [...this.#jobs().list.jobs].sort(
      (a, b) => Number(isLive(b)) - Number(isLive(a)),
    );
    const items = jobs.map((job) => ({
      label: `${job.job_id} ${job.name}`,
      description: job.state,
      jobId: job.job_id,
    }));
    const chosen = await vscode.window.showQuickPick(items, { title: question });
    return chosen?.jobId;
  }
}
