# Golden numbers of multilevel logits. Run: Rscript tests/golden/multilevel.R
suppressMessages(library(lme4))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(here, "data", "pupils.csv"))
versions <- sprintf("R %s; lme4 %s", getRversion(), packageVersion("lme4"))
golden <- NULL
keep <- function(model, fit) {
  add <- function(quantity, term, value) {
    golden <<- rbind(golden, data.frame(model, quantity, term, value = sprintf("%.15g", value)))
  }
  add("estimate", names(fixef(fit)), fixef(fit))
  add("std_error", names(fixef(fit)), sqrt(diag(as.matrix(vcov(fit)))))
  add("variance", "(Intercept)", VarCorr(fit)[[1]][1])
  add("log_likelihood", "", as.numeric(logLik(fit)))
  effects <- as.data.frame(ranef(fit))
  add("effect", as.character(effects$grp), effects$condval)
  add("effect_std_error", as.character(effects$grp), effects$condsd)
}
tight <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
keep("rows", glmer(outcome ~ sex + need + (1 | area), d, binomial, control = tight))
keep("null", glmer(outcome ~ 1 + (1 | area), d, binomial, control = tight))
cells <- aggregate(cbind(successes = outcome, trials) ~ area + sex + need, transform(d, trials = 1), sum)
keep("cells", glmer(cbind(successes, trials - successes) ~ sex + need + (1 | area), cells, binomial, control = tight))
keep("boundary", glmer(even ~ sex + need + (1 | area), d, binomial, control = tight))
golden$versions <- versions
write.csv(golden, file.path(here, "multilevel.csv"), row.names = FALSE, quote = TRUE)
