/** The list of jobs beside the editor, and the number of those that run. */

import * as vscode from "vscode";

import { JobList } from "../jobs/job_list.ts";
import { groups, row, tooltip, type Group } from "../jobs/job_rows.ts";
import type { JobSummary } from "../protocol/index.ts";
import type { GroupBy } from "../settings.ts";

/** What stands in the tree; the last row asks for more. */
export type Node =
  | { readonly kind: "group"; readonly group: Group }
  | { readonly kind: "job"; readonly job: JobSummary }
  | { readonly kind: "more" };

/** How often it is said anew for how long something runs. */
const CLOCK_MS = 60_000;

export class JobsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #groupBy: () => GroupBy;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #view: vscode.TreeView<Node>;
  readonly #bar = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Left);
  readonly #clock: NodeJS.Timeout;
  readonly onDidChangeTreeData = this.#changed.event;
  #list: JobList | undefined;

  constructor(groupBy: () => GroupBy) {
    this.#groupBy = groupBy;
    const options = { treeDataProvider: this, showCollapseAll: true };
    this.#view = vscode.window.createTreeView("crystalmath.jobs", options);
    this.#bar.name = "crystalmath: jobs";
    this.#bar.command = "crystalmath.jobs.focus";
    this.#clock = setInterval(() => {
      if (this.#view.visible) {
        this.#changed.fire(undefined);
      }
    }, CLOCK_MS);
  }

  /** Show another list, or that no daemon is there. */
  show(list: JobList | undefined): void {
    this.#list = list;
    this.refresh();
  }

  refresh(): void {
    this.#changed.fire(undefined);
    const running = this.#list?.nRunning ?? 0;
    this.#bar.text = `$(beaker) ${running} running`;
    this.#bar.tooltip = "Jobs that run, as far as the daemon knows";
    if (this.#list === undefined) {
      this.#bar.hide();
    } else {
      this.#bar.show();
    }
  }

  async more(): Promise<void> {
    await this.#list?.more();
    this.refresh();
  }

  getChildren(node?: Node): Node[] {
    if (this.#list === undefined) {
      return [];
    }
    if (node === undefined) {
      const found = groups(this.#list.jobs, this.#groupBy());
      const rows: Node[] = found.map((group) => ({ kind: "group", group }));
      return this.#list.hasMore ? [...rows, { kind: "more" }] : rows;
    }
    const jobs = node.kind === "group" ? node.group.jobs : [];
    return jobs.map((job) => ({ kind: "job", job }));
  }

  async getTreeItem(node: Node): Promise<vscode.TreeItem> {
    switch (node.kind) {
      case "group":
        return groupItem(node.group);
      case "more":
        return moreItem();
      case "job":
        return this.#jobItem(node.job);
    }
  }

  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    if (node.kind === "job" && this.#list !== undefined) {
      const lines = tooltip(await this.#list.details(node.job.job_id));
      item.tooltip = lines.join("\n");
    }
    return item;
  }

  dispose(): void {
    clearInterval(this.#clock);
    this.#view.dispose();
    this.#bar.dispose();
    this.#changed.dispose();
  }

  async #jobItem(job: JobSummary): Promise<vscode.TreeItem> {
    const { label, description, icon, colour, context } = row(
      job,
      await this.#staleSince(job),
      Date.now(),
    );
    const item = new vscode.TreeItem(label);
    item.id = job.job_id;
    item.description = description;
    item.contextValue = context;
    item.iconPath = new vscode.ThemeIcon(
      icon,
      colour === undefined ? undefined : new vscode.ThemeColor(colour),
    );
    item.command = {
      command: "crystalmath.showJob",
      title: "Show Job",
      arguments: [job.job_id],
    };
    item.accessibilityInformation = { label: `job ${label}, ${description}` };
    return item;
  }

  /** Since when a job in doubt was not seen; only its details say so. */
  async #staleSince(job: JobSummary): Promise<number | null> {
    if (job.doubt === null || this.#list === undefined) {
      return null;
    }
    try {
      return (await this.#list.details(job.job_id)).stale_since_ms;
    } catch {
      return null; // The daemon went away just now: the doubt is shown without.
    }
  }
}

function groupItem({ id, label, jobs }: Group): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = id;
  item.description = String(jobs.length);
  item.contextValue = "group";
  return item;
}

function moreItem(): vscode.TreeItem {
  const item = new vscode.TreeItem("older jobs …");
  item.id = "more";
  item.command = { command: "crystalmath.loadMoreJobs", title: "Load More Jobs" };
  return item;
}
