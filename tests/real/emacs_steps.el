;;; Run in Emacs by test_emacs.py: opens an input, and prints what is seen as JSON. -*- lexical-binding: t -*-

(require 'eglot)
(require 'json)

(defun wait-for (what is-it)
  "Wait until IS-IT returns something, which is returned; else fail with WHAT."
  (let ((deadline (+ (float-time) 20)) (found nil))
    (while (not (setq found (funcall is-it)))
      (when (> (float-time) deadline)
        (error "not in time: %s" what))
      (accept-process-output nil 0.05))
    found))

(defun labels ()
  (let ((table (eglot-completion-at-point)))
    (all-completions "" (nth 2 table))))

(find-file (getenv "OPENED"))
;; What `eglot-ensure' does after the command, of which a batch has none.
(apply #'eglot--connect (eglot--guess-contact))
(flymake-mode 1)
(flymake-start)
(let* ((found (wait-for "a diagnostic" #'flymake-diagnostics))
       (first (car found))
       (line (line-number-at-pos (flymake-diagnostic-beg first)))
       (said (flymake-diagnostic-text first)))
  (goto-char (flymake-diagnostic-beg first))
  (let ((offered (labels)) (mode (symbol-name major-mode)))
    (eglot-format-buffer)
    (princ (json-encode
            `((mode . ,mode) (line . ,line) (message . ,said)
              (completion . ,(vconcat offered)) (text . ,(buffer-string))))))
  (set-buffer-modified-p nil))
