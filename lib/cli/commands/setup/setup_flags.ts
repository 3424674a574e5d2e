/** The flags of `setup`. */
export interface SetupFlags {
  sandbox?: boolean;
  only?: string;
  undo?: boolean;
  command?: string;
  noShell?: boolean;
  host?: string[];
  dryRun?: boolean;
  yes?: boolean;
}
