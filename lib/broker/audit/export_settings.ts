/** Where the audit log is sent, as `config.json` says. @module */
import {
  type ExportSettings,
  readExportSettings,
} from "../../audit/export/settings.ts";
import { damaged } from "../../config.ts";

/**
 * The settings in `value`, the field `audit.export` of the file at `path`.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if it cannot be used: who asked for an export must not go without one.
 */
export function exportSettings(path: string, value: unknown): ExportSettings {
  const settings = readExportSettings(value);
  if (!("problem" in settings)) return settings;
  const { field, problem } = settings;
  const name = field === "" ? "audit.export" : `audit.export.${field}`;
  throw damaged(path, name, problem);
}
